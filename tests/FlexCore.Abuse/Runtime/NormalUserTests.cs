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

    [Fact]
    public async Task Sandbox_of_a_normal_user_stops_the_same_attempts()
    {
        Repository.RequireRoot();
        using var project = new TestProject().Task(
            RunProbes, "capabilities: { write: [\"${input.project}\"] }\nlimits: { memory: 256MiB, processes: 32, files: 64, tmp: 8MiB }", "{ plugin: job, input: { project: . } }");
        var plugin = project.PathOf("plugins/job");
        Playground.FillGranted(plugin);
        project.Write(".flexcore/secret", "hidden");
        await NormalUser.OwnAsync(project.Folder);
        File.SetUnixFileMode(Path.Combine(plugin, "program"), (UnixFileMode)0x1ED);

        var outside = Plugin.NewRuntimeDirectory();
        using var neighbour = await Neighbour.StartAsync(NormalUser.Id, outside);
        var probes = (await ProbeTests.Names()).Select(row => row.Data).ToList();
        var input = neighbour.Target.DeepClone().AsObject();
        (input["project"], input["granted"], input["hidden"], input["probes"]) = (".", plugin, project.PathOf(".flexcore"), JsonSerializer.SerializeToNode(probes));
        project.Write("pipeline.yaml", $"name: p\ngrants: {{ job: {{ write: [.] }} }}\nsteps:\n  - id: job\n    task: {{ plugin: job, input: {input.ToJsonString()} }}\n");

        (await NormalUser.FlexCoreAsync(project, "run", "pipeline.yaml")).ShouldExitWith(0);

        var events = (await NormalUser.FlexCoreAsync(project, "events", "list", "--type", "StepSucceeded", "--json")).ShouldExitWith(0).Json;
        var results = events[0].GetProperty("data").GetProperty("output").GetProperty("results").EnumerateArray().ToList();
        results.Select(result => result.GetProperty("probe").GetString()).ShouldBe(probes);
        results.Where(result => !result.TryGetProperty("allowed", out var allowed) || allowed.GetBoolean()).Select(result => result.GetRawText()).ShouldBeEmpty();
        (await neighbour.EndAsync()).ShouldBeTrue("a probe harmed a process of the host");
        Directory.Delete(outside, recursive: true);
    }
}
