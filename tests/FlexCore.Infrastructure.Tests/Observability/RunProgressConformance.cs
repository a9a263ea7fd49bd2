using System.Diagnostics;
using FlexCore.Application.Ports;
using FlexCore.Infrastructure.Observability;
using FlexCore.Infrastructure.Tests.Coordination;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.Observability;

/// <summary>Progress by files does what every progress does.</summary>
public sealed class FileRunProgressConformance : RunProgressConformance<FileLockPlace>;

/// <summary>Progress by PostgreSQL does what every progress does.</summary>
public sealed class PostgresRunProgressConformance : RunProgressConformance<PostgresLockPlace>;

/// <summary>Progress by Redis does what every progress does.</summary>
public sealed class RedisRunProgressConformance : RunProgressConformance<RedisLockPlace>;

/// <summary>What is said of a run is heard by those who watch it, whatever carries it.</summary>
public abstract class RunProgressConformance<TPlace> : IDisposable
    where TPlace : ILockPlace, new()
{
    private readonly TPlace _place = new();

    public void Dispose()
    {
        _place.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task What_one_process_says_of_a_run_others_hear_and_of_other_runs_nothing()
    {
        await using var node = await OpenAsync();
        await using var watcher = await OpenAsync();
        var (run, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        var heard = await Talk.HearAsync(node, watcher, number => Talk.Of(run, number), Talk.Of(other, 1));

        var step = heard.Steps.ShouldHaveSingleItem();
        (heard.RunId, step.Step, step.Bytes, step.Streams["orders"].Bytes).ShouldBe((run, "load", 1000, 900));
        step.Plugins.ShouldHaveSingleItem().ShouldBe(new PluginProgress("tap-csv", TimeSpan.FromSeconds(1.5), 5_000_000));
        heard.Lines.ShouldHaveSingleItem().ShouldBe(new LogLine(DateTimeOffset.UnixEpoch, "load", "tap-csv", LogLineLevel.Warning, "half way, \u00e9 \ud83d\ude00 'quoted'"));
    }

    [Fact]
    public async Task What_is_too_much_is_cut_and_heard_all_the_same()
    {
        await using var node = await OpenAsync();
        await using var watcher = await OpenAsync();
        var run = Guid.CreateVersion7();
        var streams = Enumerable.Range(0, 500).ToDictionary(i => $"stream-{i}", _ => new StreamProgress(1, 1), StringComparer.Ordinal);
        var lines = Enumerable.Range(0, 40).Select(i => new LogLine(DateTimeOffset.UnixEpoch, "load", "tap", LogLineLevel.Info, $"{i} {new string('\u00e9', 5000)}")).ToList();

        var heard = await Talk.HearAsync(node, watcher, number => new RunProgress(run, [new StepProgress("load", streams, 7, [])], lines), before: null);

        heard.Steps.ShouldHaveSingleItem().Bytes.ShouldBe(7);
        RunProgressText.Write(heard).Length.ShouldBeLessThan(8000);
    }

    private Task<LockMachine> OpenAsync() => LockMachine.OpenAsync(_place.AddressOf("machine"));
}

/// <summary>Progress over Redis when Redis comes and goes.</summary>
public sealed class RedisRunProgressFaults : IDisposable
{
    private readonly RedisLockPlace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Progress_and_calls_are_heard_before_while_and_after_the_server_is_away()
    {
        await using var server = await RedisServer.StartAsync();
        await using var node = await LockMachine.OpenAsync(_place.AddressOf("node", server.ConnectionString));
        await using var watcher = await LockMachine.OpenAsync(_place.AddressOf("watcher", server.ConnectionString));
        await AreHeardAsync();

        await server.KillAsync();
        await AreHeardAsync();

        await server.StartAgainAsync();
        await Task.WhenAll(node.RestoredAsync(), watcher.RestoredAsync());
        await AreHeardAsync();

        node.Warnings.Count.ShouldBe(2);

        async Task AreHeardAsync()
        {
            var run = Guid.CreateVersion7();
            (await Talk.HearAsync(node, watcher, number => Talk.Of(run, number), before: null)).RunId.ShouldBe(run);

            // What was called before is heard first.
            while (await IsCalledAsync(TimeSpan.FromMilliseconds(500))) continue;
            var waiting = IsCalledAsync(TimeSpan.FromMinutes(1));
            await node.Process.EnqueueAsync();
            (await waiting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).ShouldBeTrue();
        }

        async Task<bool> IsCalledAsync(TimeSpan limit)
        {
            var began = Stopwatch.GetTimestamp();
            await watcher.Process.Queue.WaitAsync(limit, TestContext.Current.CancellationToken);
            return Stopwatch.GetElapsedTime(began) < limit;
        }
    }
}

internal static class Talk
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static RunProgress Of(Guid run, int number) => new(
        run,
        [new StepProgress("load", new Dictionary<string, StreamProgress>(StringComparer.Ordinal) { ["orders"] = new(number, 900) }, 1000, [new PluginProgress("tap-csv", TimeSpan.FromSeconds(1.5), 5_000_000)])],
        [new LogLine(DateTimeOffset.UnixEpoch, "load", "tap-csv", LogLineLevel.Warning, "half way, \u00e9 \ud83d\ude00 'quoted'")]);

    /// <summary>Says it until it is heard: who begins to listen a moment later misses what was said before.</summary>
    public static async Task<RunProgress> HearAsync(LockMachine node, LockMachine watcher, Func<int, RunProgress> say, RunProgress? before)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        end.CancelAfter(Limit);
        var hearing = FirstAsync(watcher.Progress.WatchAsync(say(0).RunId, end.Token), end.Token);
        for (var number = 1; !hearing.IsCompleted; number++)
        {
            if (before is not null) await node.Progress.TellAsync(before, end.Token);
            await node.Progress.TellAsync(say(number), end.Token);
            await Task.WhenAny(hearing, Task.Delay(100, end.Token));
        }

        return await hearing;
    }

    private static async Task<RunProgress> FirstAsync(IAsyncEnumerable<RunProgress> said, CancellationToken cancellationToken)
    {
        await foreach (var progress in said.WithCancellation(cancellationToken)) return progress;
        throw new InvalidOperationException("Nothing was said.");
    }
}
