using System.Diagnostics;
using System.Text.Json;

namespace FlexCore.EndToEnd.Nodes;

/// <summary>Nodes that come and go with the queue.</summary>
public sealed class ElasticWorkersTests
{
    private const string Held =
        """
        import json, os, sys, time
        folder = json.load(sys.stdin)["input"]["path"]
        while not os.path.exists(os.path.join(folder, "go")): time.sleep(0.05)
        """;

    [Fact]
    public async Task Workers_come_when_runs_wait_are_replaced_when_they_die_and_go_when_there_is_nothing_to_do()
    {
        using var project = await HoldAsync("workers: { slots: 1, idle: 1s }\n", runs: 3);
        await using var node = await ServeAsync(project, "0..5");

        // One run is at the node itself; nobody needs more than two.
        await RunningAsync(project, "worker-1", "worker-2");
        var (first, killed) = (await MachineAsync(project, "worker-1"), await RunsAtAsync(project, "worker-1"));
        Process.GetProcessById(int.Parse(first.Split(' ')[1])).Kill();
        await Until.TrueAsync(async () => (await WorkersAsync(project, "running")).Any(worker => Name(worker) == "worker-1" && worker.GetProperty("machine").GetString() != first), "another process takes its place");
        project.Write("marks/go", "");

        await EndedAsync(project, 3);
        await Until.TrueAsync(async () => (await WorkersAsync(project)).Count == 0, "the workers are gone");
        killed.ShouldHaveSingleItem();
        (await EventsAsync(project, $"run-{killed[0]}")).Select(item => item.GetProperty("type").GetString()).ShouldContain("RunResumed");
        var told = await EventsAsync(project, "catalog-provisioning.worker-1");
        told.Select(item => item.GetProperty("data").TryGetProperty("document", out var document) ? document.GetProperty("status").GetString() : "gone").Distinct()
            .ShouldBe(["Requested", "Starting", "Running", "Releasing", "gone"]);
        told.ShouldAllBe(item => item.GetProperty("metadata").GetProperty("actor").GetString() == "autoscaler");
        (await project.FlexCoreAsync("events", "verify", "--data", project.PathOf("node"))).ShouldExitWith(0);
        await StopAsync(node, project);
    }

    [Fact]
    public async Task Server_that_was_killed_finds_its_workers_again_and_ends_those_that_nobody_wants()
    {
        using var project = await HoldAsync("workers: { slots: 1, idle: 1s }\ncatalog: json-folder\n", runs: 3);
        var killed = await ServeAsync(project, "2..2");
        await RunningAsync(project, "worker-1", "worker-2");
        var kept = await MachineAsync(project, "worker-1");
        await killed.KillAsync();
        File.Delete(project.PathOf("node/catalog/provisioning/worker-2.json"));

        await using var node = await ServeAsync(project, "1..2");

        await Until.TrueAsync(() => node.ErrorSoFar.Contains("worker-2 is there, and nobody wants it", StringComparison.Ordinal), $"it looks what is there: {node.ErrorSoFar}");
        await RunningAsync(project, "worker-1");
        (await MachineAsync(project, "worker-1")).ShouldBe(kept);
        project.Write("marks/go", "");
        await EndedAsync(project, 3);
        await StopAsync(node, project);
    }

    [Fact]
    public async Task Worker_that_is_let_go_ends_its_run_first_and_fewest_are_there_in_any_case()
    {
        using var project = await HoldAsync("workers: { slots: 1, idle: 1s, labels: [big] }\n", runs: 1, "labels: [big]\n");
        await using var node = await ServeAsync(project, "1..2");
        await RunningAsync(project, "worker-1");
        await Until.TrueAsync(async () => (await RunsAtAsync(project, "worker-1")).Count == 1, "the run is at the worker, which has the label");

        (await project.FlexCoreAsync("workers", "release", "worker-1", "--data", project.PathOf("node"))).ShouldExitWith(0).Output.ShouldBe("worker worker-1 goes when its runs have ended\n");

        await RunningAsync(project, "worker-2");
        (await WorkersAsync(project, "releasing")).Select(Name).ShouldBe(["worker-1"]);
        (await project.FlexCoreAsync("nodes", "list", "--data", project.PathOf("node"))).ShouldExitWith(0).Output.ShouldMatch("worker-1 +draining +1 +1 +big");
        project.Write("marks/go", "");
        await Until.TrueAsync(async () => (await WorkersAsync(project)).Select(Name).SequenceEqual(["worker-2"]), "the one is gone and the other stays");
        (await project.EventsAsync("--type", "RunResumed", "--data", project.PathOf("node"))).ShouldBeEmpty("nothing was broken off");
        await StopAsync(node, project);
    }

    [Fact]
    public async Task Plugin_provides_workers_in_its_sandbox_and_what_it_fails_at_is_tried_again()
    {
        using var project = await HoldAsync("", runs: 2);
        await using var cloud = new Cloud(project, project.PathOf("node"), refusals: 1);
        project.Plugin("cloud", "task", Cloud.Plugin, $"capabilities: {{ net: [\"{cloud.Address}\"] }}\n")
            .Write("flexcore.yaml", $"workers: {{ provider: command, plugin: cloud, slots: 1, idle: 1s, config: {{ url: \"http://{cloud.Address}\" }} }}\n");
        Directory.Move(project.PathOf("plugins/cloud"), project.PathOf("cloud"));
        (await project.FlexCoreAsync("plugin", "add", "cloud", "--data", project.PathOf("node"))).ShouldExitWith(0);
        (await project.FlexCoreAsync("plugin", "grant", "cloud", "--net", cloud.Address, "--data", project.PathOf("node"))).ShouldExitWith(0);
        await using var node = await ServeAsync(project, "0..1");

        await Until.TrueAsync(async () => (await WorkersAsync(project, "failed")).Count == 1, $"the first wish is refused: {node.ErrorSoFar}");
        (await WorkersAsync(project, "failed"))[0].GetProperty("reason").GetString()!.ShouldContain("the plugin cloud has failed to provision");
        await RunningAsync(project, "worker-1");
        (await MachineAsync(project, "worker-1")).ShouldBe("m-worker-1");
        cloud.Machines.ShouldBe(["worker-1"]);
        project.Write("marks/go", "");

        await EndedAsync(project, 2);
        await Until.TrueAsync(async () => (await WorkersAsync(project)).Count == 0, "the machine is given back");
        cloud.Machines.ShouldBeEmpty();
        var asked = (await project.FlexCoreAsync("runs", "list", "--pipeline", "plugin-cloud", "--json", "--data", project.PathOf("node"))).ShouldExitWith(0).Json.EnumerateArray();
        asked.Select(run => run.GetProperty("status").GetString()).ShouldBe(["succeeded", "succeeded", "failed", "succeeded"]);
        await node.StopAsync();
    }

    [Fact]
    public async Task Provider_that_takes_its_time_is_asked_for_as_many_as_are_needed_and_no_more()
    {
        using var project = await HoldAsync("", runs: 4);
        await using var cloud = new Cloud(project, project.PathOf("node"), refusals: 1);
        project.Plugin("cloud", "task", "import time\ntime.sleep(1)\n" + Cloud.Plugin, $"capabilities: {{ net: [\"{cloud.Address}\"] }}\n")
            .Write("flexcore.yaml", $"workers: {{ provider: command, plugin: cloud, slots: 1, idle: 1s, config: {{ url: \"http://{cloud.Address}\" }} }}\n");
        Directory.Move(project.PathOf("plugins/cloud"), project.PathOf("cloud"));
        (await project.FlexCoreAsync("plugin", "add", "cloud", "--data", project.PathOf("node"))).ShouldExitWith(0);
        (await project.FlexCoreAsync("plugin", "grant", "cloud", "--net", cloud.Address, "--data", project.PathOf("node"))).ShouldExitWith(0);
        await using var node = await ServeAsync(project, "0..20");

        // One run is at the node itself. One wish fails, and is not replaced by another: it is tried again.
        await RunningAsync(project, "worker-1", "worker-2", "worker-3");
        (await WorkersAsync(project)).Count.ShouldBe(3, node.ErrorSoFar);
        node.ErrorSoFar.ShouldNotContain("running already");
        node.ErrorSoFar.ShouldContain("has failed to provision");
        project.Write("marks/go", "");
        await EndedAsync(project, 4);
        await Until.TrueAsync(async () => (await WorkersAsync(project)).Count == 0, "the machines are given back");
        cloud.Machines.ShouldBeEmpty();
        await node.StopAsync();
    }

    [Theory]
    [InlineData("4..2")]
    [InlineData("0..0")]
    [InlineData("1")]
    [InlineData("0..2000")]
    [InlineData("-1..3")]
    public async Task Range_that_is_none_is_refused_before_anything_starts(string range)
    {
        using var project = new TestProject();

        var refused = (await project.FlexCoreAsync("serve", $"--autoscale={range}")).ShouldExitWith(2);

        refused.Error.ShouldContain("'--autoscale' must be MIN..MAX, such as 0..4 and at most 1000, or off");
        Directory.Exists(project.PathOf(".flexcore")).ShouldBeFalse();
    }

    [Fact]
    public async Task What_became_of_workers_is_not_written_by_hand()
    {
        using var project = new TestProject();
        project.Write("worker.json", """{"worker":"worker-1"}""");

        (await project.FlexCoreAsync("catalog", "put", "provisioning", "worker-1", "worker.json")).ShouldExitWith(2).Error.ShouldContain("provisioning worker-1 is not written by hand");
        (await project.FlexCoreAsync("workers", "release", "worker-1")).ShouldExitWith(2).Error.ShouldContain("no worker is called 'worker-1'");
        (await project.FlexCoreAsync("workers", "list", "--status", "gone")).ShouldExitWith(2).Error.ShouldContain("requested, starting, running, releasing");
    }

    /// <summary>A project with runs in the queue that last until <c>marks/go</c> is there.</summary>
    private static async Task<TestProject> HoldAsync(string settings, int runs, string more = "")
    {
        var project = new TestProject().Plugin("job", "task", Held, "capabilities: { write: [\"${input.path}\"] }").Write("marks/README", "").Write("flexcore.yaml", settings);
        project.Write("hold.yaml", $"name: hold\nconcurrency: unlimited\n{more}grants: {{ job: {{ write: [./marks] }} }}\nsteps:\n  - {{ id: work, task: {{ plugin: job, input: {{ path: ./marks }} }} }}\n");
        (await project.FlexCoreAsync("pipeline", "apply", "-f", "hold.yaml", "--data", project.PathOf("node"))).ShouldExitWith(0);
        for (var run = 0; run < runs; run++) (await project.FlexCoreAsync("pipeline", "start", "hold", "--data", project.PathOf("node"))).ShouldExitWith(0);
        return project;
    }

    private static Task<NodeProcess> ServeAsync(TestProject project, string range) => NodeProcess.StartAsync(project, "node", project.Variables, [], "--slots", "1", "--autoscale", range);

    private static async Task StopAsync(NodeProcess node, TestProject project)
    {
        await node.StopAsync();
        Processes.AnyMentions(project.Folder).ShouldBeFalse("its workers have ended with it");
    }

    private static async Task<IReadOnlyList<JsonElement>> WorkersAsync(TestProject project, string? status = null) =>
        [.. (await project.FlexCoreAsync(["workers", "list", "--json", "--data", project.PathOf("node"), .. status is null ? (string[])[] : ["--status", status]])).ShouldExitWith(0).Json.EnumerateArray()];

    private static Task RunningAsync(TestProject project, params string[] names) => Until.TrueAsync(
        async () => (await WorkersAsync(project, "running")).Select(Name).SequenceEqual(names), async () => $"these run: {string.Join(", ", names)}; there are: {string.Join("\n", await WorkersAsync(project))}", TimeSpan.FromSeconds(45));

    private static async Task<string> MachineAsync(TestProject project, string name) => (await WorkersAsync(project)).Single(worker => Name(worker) == name).GetProperty("machine").GetString()!;

    private static async Task<IReadOnlyList<string>> RunsAtAsync(TestProject project, string node)
    {
        var running = (await project.FlexCoreAsync("runs", "list", "--json", "--status", "running", "--data", project.PathOf("node"))).ShouldExitWith(0).Json.EnumerateArray().Select(run => run.GetProperty("run_id").GetString()!);
        List<string> at = [];
        foreach (var run in running)
        {
            if ((await project.FlexCoreAsync("runs", "show", run, "--json", "--data", project.PathOf("node"))).ShouldExitWith(0).Json.GetProperty("node").GetString() == node) at.Add(run);
        }

        return at;
    }

    private static Task EndedAsync(TestProject project, int runs) => Until.TrueAsync(
        async () => (await project.FlexCoreAsync("runs", "list", "--json", "--pipeline", "hold", "--status", "succeeded", "--data", project.PathOf("node"))).ShouldExitWith(0).Json.GetArrayLength() == runs, "all runs have ended");

    private static Task<IReadOnlyList<JsonElement>> EventsAsync(TestProject project, string stream) => project.EventsAsync("--stream", stream, "--data", project.PathOf("node"));

    private static string Name(JsonElement worker) => worker.GetProperty("name").GetString()!;
}
