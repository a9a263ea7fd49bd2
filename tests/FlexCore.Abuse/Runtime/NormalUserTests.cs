using System.Text.Json;
using FlexCore.Abuse.Machine;
using FlexCore.Abuse.Probes;

namespace FlexCore.Abuse.Runtime;

/// <summary>The same attempts where the runtime is a normal user, whose uid its plugins have: through the command line, as a plugin of a pipeline.</summary>
public sealed class NormalUserTests
{
    private const string RunProbes = """
        import json, os, signal, subprocess, sys
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        target = json.load(sys.stdin)["input"]
        target["work"] = os.environ["FLEXCORE_WORK"]
        probes = subprocess.run([sys.executable, "-B", "probes", *target["probes"]], input=json.dumps(target), stdout=subprocess.PIPE, text=True)
        json.dump({"results": [json.loads(line) for line in probes.stdout.splitlines()]}, open(os.environ["FLEXCORE_OUTPUT"], "w"))
        """;

    /// <summary>
    /// What level <c>process</c> does not hold, as docs/security/sandbox.md says: what the host's namespaces show is seen, though not touched. The capabilities are those of
    /// the bounding set, which a normal user's process cannot drop; without new privileges it gets none of them.
    /// </summary>
    private static readonly string[] OpenAtLevelProcess =
    [
        "namespaces.learn_the_name_of_the_machine", "network.list_the_connections_of_the_host", "network.list_the_sockets_of_the_host",
        "privileges.hold_capabilities", "processes.see_processes_of_the_host",
    ];

    /// <summary>There a program is ended for these, not refused: see the tests of its limits.</summary>
    private static readonly string[] EndedAtLevelProcess = ["limits.start_100_processes", "limits.fill_the_private_tmp"];

    [Fact]
    public async Task Sandbox_of_a_normal_user_stops_the_same_attempts()
    {
        var results = await AttemptAsync([], "capabilities: { write: [\"${input.project}\"] }", ", write: [.]", (project, arguments) => NormalUser.FlexCoreAsync(project, arguments));

        results.Where(result => !result.TryGetProperty("allowed", out var allowed) || allowed.GetBoolean()).Select(result => result.GetRawText()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Level_process_stops_all_but_what_it_is_said_not_to_hold()
    {
        var results = await AttemptAsync(EndedAtLevelProcess, "", "", async (project, arguments) =>
        {
            project.Variables["FLEXCORE__ISOLATION__ACCEPT"] = "process";
            return await WithoutBubblewrap.FlexCoreAsync(project, arguments);
        });

        results.Where(result => !result.TryGetProperty("allowed", out _)).Select(result => result.GetRawText()).ShouldBeEmpty();
        results.Where(result => result.GetProperty("allowed").GetBoolean()).Select(result => result.GetProperty("probe").GetString()!).ShouldBe(OpenAtLevelProcess, ignoreOrder: true);
    }

    private static async Task<List<JsonElement>> AttemptAsync(string[] leftOut, string capabilities, string grants, Func<TestProject, string[], Task<CommandResult>> flexcore)
    {
        Repository.RequireRoot();
        using var project = new TestProject().Task(
            RunProbes, $"{capabilities}\nlimits: {{ memory: 256MiB, processes: 32, files: 64, tmp: 8MiB }}", "{ plugin: job, input: { project: . } }");
        var plugin = project.PathOf("plugins/job");
        Playground.FillGranted(plugin);
        project.Write(".flexcore/secret", "hidden");
        await NormalUser.OwnAsync(project.Folder);
        File.SetUnixFileMode(Path.Combine(plugin, "program"), (UnixFileMode)0x1ED);

        var outside = Plugin.NewRuntimeDirectory();
        using var neighbour = await Neighbour.StartAsync(NormalUser.Id, outside);
        var probes = (await ProbeTests.Names()).Select(row => row.Data).Except(leftOut).ToList();
        var input = neighbour.Target.DeepClone().AsObject();
        (input["project"], input["granted"], input["hidden"], input["probes"]) = (".", plugin, project.PathOf(".flexcore"), JsonSerializer.SerializeToNode(probes));
        project.Write("pipeline.yaml", $"name: p\ngrants: {{ job: {{ env: []{grants} }} }}\nsteps:\n  - id: job\n    task: {{ plugin: job, input: {input.ToJsonString()} }}\n");

        (await flexcore(project, ["run", "pipeline.yaml"])).ShouldExitWith(0);

        var events = (await flexcore(project, ["events", "list", "--type", "StepSucceeded", "--json"])).ShouldExitWith(0).Json;
        var results = events[0].GetProperty("data").GetProperty("output").GetProperty("results").EnumerateArray().ToList();
        results.Select(result => result.GetProperty("probe").GetString()).ShouldBe(probes);
        (await neighbour.EndAsync()).ShouldBeTrue("a probe harmed a process of the host");
        Directory.Delete(outside, recursive: true);
        return results;
    }
}
