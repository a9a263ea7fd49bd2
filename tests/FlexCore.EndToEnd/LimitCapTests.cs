namespace FlexCore.EndToEnd;

/// <summary>The most that an operator lets any plugin use up, in the project's flexcore.yaml.</summary>
public sealed class LimitCapTests
{
    [Fact]
    public async Task Plugin_that_gives_itself_more_ends_at_the_operators_limit()
    {
        using var project = new TestProject().Task("x = bytearray(200 * 1024 * 1024)", "limits: { memory: 1GiB }").Write("flexcore.yaml", "limits: { memory: 64MiB }\n");

        var run = (await project.RunAsync("--json")).ShouldExitWith(1).Json;

        run.GetProperty("steps")[0].GetProperty("plugins")[0].GetProperty("outcome").GetString().ShouldBe("out-of-memory");
        var started = (await project.EventsAsync("--type", "PluginExecutionStarted")).ShouldHaveSingleItem();
        started.GetProperty("data").GetProperty("resource_limits").GetProperty("memory_bytes").GetInt64().ShouldBe(64 << 20);
    }

    [Fact]
    public async Task Plugin_without_a_limit_gets_the_operators()
    {
        using var project = new TestProject().Task("import time; time.sleep(60)").Write("flexcore.yaml", "limits: { time: 500ms, grace: 100ms }\n");

        var run = (await project.RunAsync("--json")).ShouldExitWith(1).Json;

        run.GetProperty("steps")[0].GetProperty("plugins")[0].GetProperty("outcome").GetString().ShouldBe("timeout");
        (await project.FlexCoreAsync("plugin", "audit", "job")).ShouldExitWith(0).Output.ShouldNotContain("no time limit");
    }

    [Fact]
    public async Task Limit_of_the_environment_wins_over_the_file()
    {
        using var project = new TestProject().Task("pass").Write("flexcore.yaml", "limits: { processes: 32 }\n");
        project.Variables["FLEXCORE__LIMITS__PROCESSES"] = "16";

        (await project.RunAsync()).ShouldExitWith(0);

        (await project.EventsAsync("--type", "PluginExecutionStarted")).ShouldHaveSingleItem().GetProperty("data").GetProperty("resource_limits").GetProperty("processes").GetInt32().ShouldBe(16);
    }

    [Theory]
    [InlineData("limits: { memory: 1MiB }\n", "error[FX1012]: FILE:1:11: 'limits.memory' must be a size such as 512MiB, 64KiB or 1GiB, at least 4MiB")]
    [InlineData("limits: { time: soon }\n", "error[FX1012]: FILE:1:11: 'limits.time' must be a duration such as")]
    [InlineData("limits: { mem: 1GiB }\n", "error[FX1010]: FILE:1:11: 'limits.mem' is not a known setting; known: limits.memory, limits.processes")]
    [InlineData("limits: 5\n", "error[FX1010]: FILE:1:1: 'limits' is not a known setting")]
    public async Task Limits_are_checked_at_the_start_by_their_keys(string settings, string error)
    {
        using var project = new TestProject().Task("pass").Write("flexcore.yaml", settings);

        foreach (var command in new[] { "run pipeline.yaml", "validate pipeline.yaml" })
            (await project.FlexCoreAsync(command.Split(' '))).ShouldExitWith(2).Error.ShouldContain(error.Replace("FILE", project.PathOf("flexcore.yaml"), StringComparison.Ordinal));
    }
}
