using System.Diagnostics;

namespace FlexCore.EndToEnd.Nodes;

/// <summary>Three nodes on one database, and what happens to machines: every run ends, nothing is done twice that must be done once, and nobody needs a hand.</summary>
public sealed class NodeFaultTests(ITestOutputHelper output)
{
    private readonly Random _random = new(20261122);

    [Fact]
    public async Task Runs_of_nodes_that_are_killed_are_gone_on_with_by_others()
    {
        await using var cluster = await Cluster.StartAsync();
        var nodes = await cluster.StartNodesAsync(3);
        var starting = cluster.Workload.StartRunsAsync(_random);
        for (var kill = 0; kill < Workload.Times(2, 10); kill++)
        {
            var events = await cluster.CountEventsAsync() + _random.Next(5, 40);
            await Until.TrueAsync(async () => await cluster.CountEventsAsync() > events || (starting.IsCompleted && await cluster.CountOpenAsync() == 0), "the nodes work");
            var victim = nodes[_random.Next(nodes.Count)];
            await victim.KillAsync();
            var killed = Stopwatch.GetTimestamp();
            var left = await cluster.RunsOfAsync(victim.Name);
            await Until.TrueAsync(async () => (await cluster.RunsOfAsync(victim.Name)).Count == 0, "the killed node's runs are others'");
            output.WriteLine($"{victim.Name} killed with {left.Count} runs; all are free or taken over after {Stopwatch.GetElapsedTime(killed).TotalSeconds:0.0} s");
            nodes[nodes.IndexOf(victim)] = await cluster.StartNodeAsync(victim.Name);
        }

        await starting;
        await cluster.AllEndAsync();
        output.WriteLine($"{await cluster.Workload.ShouldBeDoneAsync()} take-overs");
        await cluster.StopAsync([.. nodes]);
    }
}
