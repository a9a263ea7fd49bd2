using System.Diagnostics;

namespace FlexCore.Clients.Benchmarks;

/// <summary>The bare driver and our client in turn, by callers who each ask again as soon as they have their answer.</summary>
internal static class Callers
{
    private const int Count = 50;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(3);

    /// <summary>Compares two ways to ask the same, after a turn of warm-up for each.</summary>
    public static async Task CompareAsync(string name, int rounds, Func<ValueTask> bare, Func<ValueTask> ours)
    {
        await RateAsync(bare);
        await RateAsync(ours);
        var (bares, mine, ratios) = (new List<double>(), new List<double>(), new List<double>());
        var (bareCosts, myCosts) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (ask, rates, costs) in new[] { (bare, bares, bareCosts), (ours, mine, myCosts) })
            {
                var (rate, cost) = await RateAsync(ask);
                rates.Add(rate);
                costs.Add(cost);
            }

            ratios.Add(mine[^1] / bares[^1]);
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{name}, {Count} callers: bare driver {Median(bares):0}/s ({bares.Min():0} to {bares.Max():0}), FlexCore {Median(mine):0}/s ({mine.Min():0} to {mine.Max():0}), ratio {Median(ratios):0.00} ({ratios.Min():0.00} to {ratios.Max():0.00}); CPU of this process for one {Median(bareCosts):0.00} and {Median(myCosts):0.00} µs"));
    }

    /// <returns>How many in a second, and the microseconds of CPU that this process spent on each.</returns>
    private static async Task<(double Rate, double Cost)> RateAsync(Func<ValueTask> ask)
    {
        var asked = 0L;
        var spent = Environment.CpuUsage.TotalTime;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => Task.Run(async () =>
        {
            var mine = 0L;
            for (; Stopwatch.GetElapsedTime(began) < Turn; mine++) await ask();
            Interlocked.Add(ref asked, mine);
        })));
        return (asked / Stopwatch.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.TotalTime - spent).TotalMicroseconds / asked);
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
