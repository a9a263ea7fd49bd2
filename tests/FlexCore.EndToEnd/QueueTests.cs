namespace FlexCore.EndToEnd;

/// <summary>What a user sees of runs that wait, and of the nodes that take them.</summary>
public sealed class QueueTests
{
    [Fact]
    public async Task Runs_that_wait_say_why_are_ended_by_a_condition_and_are_refused_beyond_the_cap()
    {
        using var project = new TestProject().Write("flexcore.yaml", "queue: { cap: 3 }\n").Write("a.yaml", "name: a\nsteps:\n  - { id: only, noop: {} }\n").Write("b.yaml", "name: b\nsteps:\n  - { id: only, noop: {} }\n");
        (await project.FlexCoreAsync("pipeline", "apply", "-f", ".")).ShouldExitWith(0);
        foreach (var name in (string[])["a", "a", "b"]) (await project.FlexCoreAsync("pipeline", "start", name)).ShouldExitWith(0);

        (await project.FlexCoreAsync("pipeline", "start", "a")).ShouldExitWith(1).Error.ShouldContain("error[FX4003]: 3 runs wait already, and 3 may");
        (await project.FlexCoreAsync("runs", "show", "latest")).ShouldExitWith(0).Output.ShouldContain("waits: no node takes runs");
        (await project.FlexCoreAsync("runs", "cancel", "--where", "pipeline = 'a'")).ShouldExitWith(2).Error.ShouldContain("2 runs fit: 2 of a");
        (await project.FlexCoreAsync("runs", "cancel", "--where", "pipeline = 'a'", "--yes")).ShouldExitWith(0).Output.Split('\n').Count(line => line.EndsWith("is cancelled", StringComparison.Ordinal)).ShouldBe(2);
        (await project.FlexCoreAsync("runs", "cancel", "--where", "pipelin = 'a'")).ShouldExitWith(2).Error.ShouldContain("there is no field 'pipelin'");
        (await project.FlexCoreAsync("runs", "cancel", "--where", "status = 'queued'", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Nodes_are_listed_and_drained_and_a_run_then_waits_for_another_one()
    {
        using var project = new TestProject().Write("p.yaml", "name: p\nsteps:\n  - { id: only, noop: {} }\n");
        (await project.FlexCoreAsync("pipeline", "apply", "-f", "p.yaml")).ShouldExitWith(0);
        await using var node = project.StartFlexCore("serve", "--name", "worker", "--slots", "3", "--label", "gpu");
        await Until.TrueAsync(async () => (await project.FlexCoreAsync("nodes", "list", "--json")).ShouldExitWith(0).Json.GetArrayLength() == 1, "the node is known");

        (await project.FlexCoreAsync("nodes", "list")).ShouldExitWith(0).Output.ShouldMatch(@"worker\s+live\s+0\s+3\s+gpu");
        (await project.FlexCoreAsync("nodes", "drain", "worker")).ShouldExitWith(0).Output.ShouldContain("takes no more runs");
        (await project.FlexCoreAsync("pipeline", "start", "p")).ShouldExitWith(0);

        (await project.FlexCoreAsync("nodes", "list", "--json")).Json[0].GetProperty("status").GetString().ShouldBe("draining");
        (await project.FlexCoreAsync("runs", "show", "latest", "--json")).Json.GetProperty("waits").GetString().ShouldBe("no node takes runs: start one with `flexcore serve`");
        (await project.FlexCoreAsync("nodes", "drain", "nobody")).ShouldExitWith(2);
    }

    [Fact]
    public async Task Two_runs_are_compared_with_their_definitions()
    {
        using var project = new TestProject().Write("pipeline.yaml", "name: p\nvars: { top: 5 }\nsteps:\n  - { id: only, noop: {} }\n");
        var first = (await project.RunAsync("--json")).ShouldExitWith(0).Json.GetProperty("run_id").GetString()!;
        project.Write("pipeline.yaml", "name: p\nvars: { top: 5 }\nsteps:\n  - { id: only, noop: {} }\n  - { id: more, noop: {} }\n");
        (await project.RunAsync("--set", "top=6")).ShouldExitWith(0);

        var compared = (await project.FlexCoreAsync("runs", "diff", first, "latest")).ShouldExitWith(0).Output;

        compared.ShouldMatch(@"variable top\s+5\s+6");
        compared.ShouldMatch(@"more: status\s+-\s+Succeeded");
        compared.ShouldContain("+  - id: more\n");
    }
}
