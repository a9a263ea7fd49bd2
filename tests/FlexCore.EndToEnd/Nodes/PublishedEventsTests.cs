using System.Text.Json;

namespace FlexCore.EndToEnd.Nodes;

/// <summary>Events of a project for other programs, over a broker.</summary>
public sealed class PublishedEventsTests
{
    [Fact]
    public async Task What_nodes_have_done_comes_as_cloud_events_in_its_order_though_the_broker_was_away()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        using var project = new TestProject().Write("flexcore.yaml", $"bus: {{ transport: redis, address: \"{redis.ConnectionString}\", topic: shop, events: [run] }}\n")
            .Write("one.yaml", "name: one\nconcurrency: unlimited\nsteps: [{ id: a, noop: {} }, { id: b, noop: {}, needs: [a] }]\n");
        (await project.FlexCoreAsync("pipeline", "apply", "-f", "one.yaml", "--data", project.PathOf("node"))).ShouldExitWith(0);
        await using var node = await NodeProcess.StartAsync(project, "node", project.Variables, []);
        var first = await RunAsync(project);
        await Until.TrueAsync(async () => (await ReadAsync(redis)).Any(published => IsEndOf(published, first)), "the run is published");

        await redis.KillAsync();
        var second = await RunAsync(project);
        await redis.StartAgainAsync();

        await Until.TrueAsync(async () => (await ReadAsync(redis)).Any(published => IsEndOf(published, second)), $"what was done meanwhile is published: {node.ErrorSoFar}");
        var all = await ReadAsync(redis);
        var sequences = all.Select(published => long.Parse(published.GetProperty("sequence").GetString()!)).ToList();
        sequences.Distinct().ShouldBe(sequences.Order().Distinct(), "each comes first where it belongs");
        foreach (var run in (string[])[first, second])
        {
            all.Where(published => published.GetProperty("subject").GetString() == $"run-{run}").Select(published => published.GetProperty("type").GetString()).Distinct()
                .ShouldBe(["PipelineQueued", "PipelineStarted", "StepStarted", "StepSucceeded", "PipelineCompleted"]);
        }

        all.ShouldAllBe(published => published.GetProperty("specversion").GetString() == "1.0" && published.GetProperty("source").GetString() == "/flexcore" && published.GetProperty("traceparent").GetString()!.StartsWith("00-"));
        await node.StopAsync();

        // Another topic, or another broker, begins at the beginning.
        project.Write("flexcore.yaml", $"bus: {{ transport: redis, address: \"{redis.ConnectionString}\", topic: other, events: [run] }}\n");
        await using var again = await NodeProcess.StartAsync(project, "node", project.Variables, []);
        await Until.TrueAsync(async () => (await ReadAsync(redis, "other")).Any(published => IsEndOf(published, second)), "all is published there, too");
        (await ReadAsync(redis, "other")).ShouldContain(published => IsEndOf(published, first));
        await again.StopAsync();
    }

    [Fact]
    public async Task Commands_that_publish_nothing_need_no_password_of_the_broker()
    {
        using var project = new TestProject().Write("flexcore.yaml", "bus: { transport: rabbitmq, address: \"a:1\", user: me }\n").Write("one.yaml", "name: one\nsteps: [{ id: a, noop: {} }]\n");

        (await project.FlexCoreAsync("run", "one.yaml")).ShouldExitWith(0);
        (await project.FlexCoreAsync("runs", "list")).ShouldExitWith(0);
    }

    [Theory]
    [InlineData("transport: redis", "'bus.address' is missing")]
    [InlineData("address: \"a:1\"", "'bus.transport' is missing")]
    [InlineData("transport: pigeon, address: \"a:1\"", "'bus.transport' must be one of: off, redis, kafka, rabbitmq")]
    [InlineData("transport: kafka, address: nowhere", "'bus.address' must be HOST:PORT, or a list of them")]
    [InlineData("transport: kafka, address: \"a:1\", events: [access]", "'bus.events' must be a list of: backfill, catalog")]
    [InlineData("transport: rabbitmq, address: \"a:1\", user: me", "'bus.password' is missing")]
    [InlineData("transport: redis, address: \"a:1\", user: me, password: canary", "'bus.user' is not for redis")]
    public async Task Mistake_in_the_settings_is_told_before_anything_starts(string settings, string error)
    {
        using var project = new TestProject().Write("flexcore.yaml", $"bus: {{ {settings} }}\n");

        var refused = (await project.FlexCoreAsync("serve")).ShouldExitWith(2).Error;

        refused.ShouldContain(error);
        refused.ShouldNotContain("canary");
    }

    private static async Task<string> RunAsync(TestProject project)
    {
        var run = (await project.FlexCoreAsync("pipeline", "start", "one", "--json", "--data", project.PathOf("node"))).ShouldExitWith(0).Json.GetProperty("run_id").GetString()!;
        (await project.FlexCoreAsync("runs", "watch", run, "--data", project.PathOf("node"))).ShouldExitWith(0);
        return run;
    }

    /// <summary>As any program would that knows Redis and nothing of FlexCore.</summary>
    private static async Task<IReadOnlyList<JsonElement>> ReadAsync(RedisServer redis, string topic = "shop")
    {
        var entries = await Command.RunAsync("redis-cli", ["-p", $"{redis.Port}", "--raw", "XRANGE", $"bus:{topic}", "-", "+"], "/");
        return [.. entries.Output.Split('\n').Where(line => line.StartsWith('{')).Select(line => JsonElement.Parse(line))];
    }

    private static bool IsEndOf(JsonElement published, string run) => published.GetProperty("subject").GetString() == $"run-{run}" && published.GetProperty("type").GetString() == "PipelineCompleted";
}
