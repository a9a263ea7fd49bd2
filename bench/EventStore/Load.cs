using System.Diagnostics;

namespace FlexCore.EventStore.Benchmarks;

/// <summary>A number of writers, each of which does one thing after the other, for some seconds after a warm-up.</summary>
internal static class Load
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);

    /// <param name="writers">How many at once.</param>
    /// <param name="eventsEach">Events of one operation.</param>
    /// <param name="operation">What writer number n does.</param>
    public static async Task<Measured> RunAsync(int writers, int eventsEach, Func<int, Task> operation)
    {
        var clock = Stopwatch.StartNew();
        var latencies = new List<double>[writers];
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var mine = latencies[writer] = new List<double>(100_000);
            while (clock.Elapsed < WarmUp) await operation(writer);
            while (clock.Elapsed < WarmUp + Duration)
            {
                var started = Stopwatch.GetTimestamp();
                await operation(writer);
                mine.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        })));
        var all = latencies.SelectMany(mine => mine).ToArray();
        return new Measured(all.Length * eventsEach / Duration.TotalSeconds, all);
    }

    /// <summary>How fast something is that is done once.</summary>
    public static async Task<Measured> TimeAsync(Func<Task<long>> work)
    {
        var started = Stopwatch.GetTimestamp();
        var count = await work();
        return Measured.Of(count / Stopwatch.GetElapsedTime(started).TotalSeconds);
    }
}
