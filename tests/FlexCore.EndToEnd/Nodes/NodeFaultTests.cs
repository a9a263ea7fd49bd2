using System.Diagnostics;

namespace FlexCore.EndToEnd.Nodes;

/// <summary>Nodes on one database, and what happens to machines: every run ends, nothing is done twice that must be done once, and nobody needs a hand.</summary>
public sealed class NodeFaultTests(ITestOutputHelper output)
{
    /// <summary>One of each in the short form.</summary>
    public static TheoryData<int> Rounds => [.. Enumerable.Range(1, Workload.Times(1, 5))];

    [Fact]
    public async Task Runs_of_nodes_that_are_killed_are_gone_on_with_by_others()
    {
        var random = new Random(20261122);
        await using var cluster = await Cluster.StartWithRedisAsync();
        var nodes = await cluster.StartNodesAsync(3);
        var starting = StartRoundsAsync(cluster, Workload.Times(1, 20));
        for (var kill = 0; kill < Workload.Times(2, 10); kill++)
        {
            var events = await cluster.CountEventsAsync() + random.Next(Workload.Times(40, 500));
            List<NodeProcess> busy = [];
            await Until.TrueAsync(
                async () =>
                {
                    busy = nodes.FindAll(node => node.HasPlugins);
                    return (busy.Count > 0 && await cluster.CountEventsAsync() >= events) || (starting.IsCompleted && await cluster.CountOpenAsync() == 0);
                },
                () => Task.FromResult("the nodes do not work"),
                TimeSpan.FromMinutes(Workload.Times(1, 5)));
            if (busy.Count == 0) break;

            var victim = busy[random.Next(busy.Count)];
            await victim.KillAsync();
            await MeasureTakeOverAsync(cluster, victim);
            nodes[nodes.IndexOf(victim)] = await cluster.StartNodeAsync(victim.Name);
        }

        await starting;
        await EndAsync(cluster, [.. nodes]);

        static async Task StartRoundsAsync(Cluster cluster, int rounds)
        {
            for (var round = 0; round < rounds; round++) await cluster.Workload.StartRunsAsync(new Random(round));
        }
    }

    [Theory]
    [MemberData(nameof(Rounds))]
    public async Task Redis_that_is_killed_and_comes_back_empty_costs_no_run_of_nodes_nor_one_in_the_foreground(int round)
    {
        await using var cluster = await Cluster.StartWithRedisAsync();
        var nodes = await cluster.StartNodesAsync(3);
        var runs = await BeginPatientRunsAsync(cluster);
        await using var foreground = Command.Start(
            Repository.Launcher, ["run", "patient.yaml", "--json", "--data", cluster.Project.PathOf("foreground")], cluster.Project.Folder, cluster.Project.Variables);
        await Until.TrueAsync(() => cluster.Workload.CountBegun() > runs.Count, "the run in the foreground has begun");

        for (var outage = 0; outage < 2; outage++)
        {
            var starting = cluster.Workload.StartRunsAsync(new Random(round + outage));
            await cluster.Redis.KillAsync();
            await starting;
            await cluster.TrueAsync(async () => await cluster.CountOpenAsync() <= runs.Count, "without Redis all goes on");
            (await cluster.FlexCoreAsync("run", "patient.yaml")).ShouldExitWith(2).Error.ShouldContain("is running already");
            await cluster.Redis.StartAgainAsync();
            await cluster.TrueAsync(() => Task.FromResult(nodes.TrueForAll(node => node.ErrorSoFar.Split("answers again").Length == outage + 2)), "every node uses it again");
        }

        foreach (var node in nodes) node.ErrorSoFar.Split("does not answer").Length.ShouldBe(3, node.ErrorSoFar);
        cluster.Workload.LetGo();
        (await foreground.EndAsync()).ShouldExitWith(0);
        await EndAsync(cluster, [.. nodes]);
    }

    [Theory]
    [MemberData(nameof(Rounds))]
    public async Task Node_that_slept_beyond_its_lease_does_no_harm_when_it_wakes_and_goes_on_as_a_node(int round)
    {
        await using var cluster = await Cluster.StartWithRedisAsync();
        var sleeper = await cluster.StartNodeAsync("sleeper");
        var runs = await BeginPatientRunsAsync(cluster);
        var starting = cluster.Workload.StartRunsAsync(new Random(round));
        await Until.TrueAsync(() => cluster.HasBegunSyncAsync(), "a sync is under way");
        await sleeper.PauseAsync();
        var others = await cluster.StartNodesAsync(2);

        await Until.TrueAsync(() => cluster.Workload.HaveBegun(runs, attempt: 2), "others have gone on with the runs");
        sleeper.HasPlugins.ShouldBeTrue("the node sleeps, and what it has started does not");
        await sleeper.WakeAsync();

        await Until.TrueAsync(() => !sleeper.HasPlugins, "it has ended what is not its own any more");
        await starting;
        await TakesRunsAsync(cluster, sleeper);
        await EndAsync(cluster, sleeper, others[0], others[1]);
    }

    [Theory]
    [MemberData(nameof(Rounds))]
    public async Task Database_that_is_killed_and_comes_back_soon_or_late_costs_no_run(int round)
    {
        await using var cluster = await Cluster.StartAsync();
        var nodes = await cluster.StartNodesAsync(3);
        var runs = await BeginPatientRunsAsync(cluster);
        await cluster.Workload.StartRunsAsync(new Random(round));

        await cluster.Server.KillAsync();
        await cluster.Server.StartAgainAsync();
        await cluster.TrueAsync(async () => await cluster.CountOpenAsync() <= runs.Count + 2, "the nodes work again");

        await cluster.Server.KillAsync();
        await Until.TrueAsync(() => !nodes.Exists(node => node.HasPlugins), "beyond the lease nobody works on runs that may be others'");
        await cluster.Server.StartAgainAsync();
        await cluster.TrueAsync(() => Task.FromResult(cluster.Workload.HaveBegun(runs, attempt: 2)), "the runs are gone on with");
        await EndAsync(cluster, [.. nodes]);
    }

    [Theory]
    [MemberData(nameof(Rounds))]
    public async Task Node_that_is_cut_off_leaves_its_runs_to_others_and_is_a_node_again_when_the_network_is_back(int round)
    {
        await using var network = await CutNetwork.CreateAsync();
        await using var cluster = await Cluster.StartWithRedisAsync([.. network.PostgresSettings], CutNetwork.RedisSettings);
        var far = await cluster.StartNodeAsync("far", CutNetwork.Variables(cluster.Server, cluster.Redis), network.Entrance);
        var runs = await BeginPatientRunsAsync(cluster);
        var starting = cluster.Workload.StartRunsAsync(new Random(round));
        await Until.TrueAsync(() => cluster.HasBegunSyncAsync(), "a sync is under way");
        await network.PullAsync();
        var others = await cluster.StartNodesAsync(2);

        await Until.TrueAsync(() => !far.HasPlugins, "it has ended what others may go on with");
        await Until.TrueAsync(() => cluster.Workload.HaveBegun(runs, attempt: 2), "others have gone on with the runs");
        await starting;
        await network.PlugInAsync();

        await TakesRunsAsync(cluster, far);
        await EndAsync(cluster, far, others[0], others[1]);
    }

    [Theory]
    [MemberData(nameof(Rounds))]
    public async Task Nodes_whose_clocks_are_a_minute_off_neither_take_runs_from_others_nor_keep_them(int round)
    {
        await using var cluster = await Cluster.StartAsync();
        NodeProcess[] nodes =
        [
            await cluster.StartNodeAsync("right"), await cluster.StartNodeAsync("early", WrongClock("+60s"), []), await cluster.StartNodeAsync("late", WrongClock("-60s"), []),
        ];
        await cluster.Workload.StartRunsAsync(new Random(round));
        await cluster.AllEndAsync();
        (await cluster.Workload.ShouldBeDoneAsync()).ShouldBe(0, "nobody was thought dead");

        var runs = await BeginPatientRunsAsync(cluster, count: 9);
        foreach (var (index, wrong) in nodes.Index().Skip(1).ToList())
        {
            await wrong.KillAsync();
            await MeasureTakeOverAsync(cluster, wrong);
            nodes[index] = await cluster.StartNodeAsync(wrong.Name, WrongClock(wrong.Name == "early" ? "+60s" : "-60s"), []);
        }

        runs.Count.ShouldBe(9);
        await EndAsync(cluster, nodes);
    }

    [Theory]
    [MemberData(nameof(Rounds))]
    public async Task Run_on_another_node_is_cancelled_and_one_of_a_node_that_stops_is_gone_on_with(int round)
    {
        await using var cluster = await Cluster.StartAsync();
        var first = await cluster.StartNodeAsync("first", "--drain", "1s");
        var cancelled = await BeginPatientRunsAsync(cluster);
        var waiting = await cluster.Workload.StartPatientRunsAsync(2);

        var asked = Stopwatch.GetTimestamp();
        foreach (var run in cancelled.Append(waiting[1])) await cluster.Workload.CancelAsync(run);
        await Until.TrueAsync(async () => (await cluster.OpenAsync([.. cancelled, waiting[1]])).Count == 0, "the runs have ended");
        output.WriteLine($"3 runs cancelled after {Stopwatch.GetElapsedTime(asked).TotalSeconds:0.0} s");

        await Until.TrueAsync(() => cluster.Workload.HaveBegun(waiting.Take(1)), "the run that waited has begun");
        var other = await cluster.StartNodeAsync("other");
        var starting = cluster.Workload.StartRunsAsync(new Random(round));
        await first.StopAsync();
        first.HasGroups.ShouldBeFalse("a node that has stopped has left nothing");
        await Until.TrueAsync(() => cluster.Workload.HaveBegun(waiting.Take(1), attempt: 2), "the other node has gone on with the run");
        await starting;
        await EndAsync(cluster, other);
    }

    private static async Task<IReadOnlyList<Guid>> BeginPatientRunsAsync(Cluster cluster, int count = 2)
    {
        var runs = await cluster.Workload.StartPatientRunsAsync(count);
        await cluster.TrueAsync(() => Task.FromResult(cluster.Workload.HaveBegun(runs)), "the patient runs have begun");
        return runs;
    }

    /// <summary>More runs than the two others can take.</summary>
    private static async Task TakesRunsAsync(Cluster cluster, NodeProcess node)
    {
        await cluster.Workload.StartPatientRunsAsync(2 * Cluster.Slots);
        await cluster.TrueAsync(async () => (await cluster.RunsOfAsync(node.Name)).Count > 0, $"{node.Name} takes runs again");
    }

    private async Task MeasureTakeOverAsync(Cluster cluster, NodeProcess killed)
    {
        var began = Stopwatch.GetTimestamp();
        var runs = await cluster.RunsOfAsync(killed.Name);
        await Until.TrueAsync(async () => (await cluster.RunsOfAsync(killed.Name)).Count == 0, $"the runs of {killed.Name} are free");
        output.WriteLine($"{killed.Name} was killed with {runs.Count} runs, which others could take after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
    }

    private async Task EndAsync(Cluster cluster, params NodeProcess[] nodes)
    {
        cluster.Workload.LetGo();
        await cluster.AllEndAsync();
        output.WriteLine($"{await cluster.Workload.ShouldBeDoneAsync()} of {cluster.Workload.Started} runs were taken over");
        await cluster.StopAsync(nodes);
    }

    /// <summary>The wall clock alone: that by which time is measured is right on machines whose date is wrong.</summary>
    private static Dictionary<string, string?> WrongClock(string offset) => new()
    {
        ["LD_PRELOAD"] = Directory.EnumerateDirectories("/usr/lib").Select(folder => Path.Combine(folder, "faketime/libfaketimeMT.so.1")).First(File.Exists),
        ["FAKETIME"] = offset,
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",

        // Where this is on, it spoils waits by the other clock: each ends at once, and the timers of a node take a whole CPU.
        ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
    };
}
