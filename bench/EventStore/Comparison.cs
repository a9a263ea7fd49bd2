using System.Globalization;

namespace FlexCore.EventStore.Benchmarks;

/// <summary>One workload done by several in turn, A B A B, so that all see the same machine.</summary>
/// <param name="Name">The workload.</param>
/// <param name="Contestants">Who does it; the first is the base of the ratios. Each answers with events per second.</param>
internal sealed record Comparison(string Name, IReadOnlyList<(string Name, Func<Task<Measured>> Run)> Contestants)
{
    public async Task RunAsync(int rounds)
    {
        Console.WriteLine($"\n{Name}");
        var all = Contestants.Select(_ => new List<Measured>()).ToList();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < Contestants.Count; i++) all[i].Add(await Contestants[i].Run());
        }

        var bases = all[0].Select(measured => measured.Rate).ToList();
        for (var i = 0; i < all.Count; i++)
        {
            var rates = all[i].Select(measured => measured.Rate).ToList();
            var ratios = rates.Zip(bases, (rate, to) => rate / to).ToList();
            var latencies = all[i].Where(measured => measured.Latencies.Length > 0).ToList();
            var tail = latencies.Count == 0 ? "" : $"; p50 {Median([.. latencies.Select(m => m.Percentile(0.50))]):0.00} ms, p99 {Median([.. latencies.Select(m => m.Percentile(0.99))]):0.00} ms";
            Console.WriteLine($"  {Contestants[i].Name,-34} {Median(rates),9:0}/s ({rates.Min():0} to {rates.Max():0})  ratio {Median(ratios):0.00} ({ratios.Min():0.00} to {ratios.Max():0.00}){tail}");
        }
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }
}

/// <summary>What one turn gave.</summary>
/// <param name="Rate">Events per second.</param>
/// <param name="Latencies">Milliseconds of each operation, where they were taken.</param>
internal sealed record Measured(double Rate, double[] Latencies)
{
    public static Measured Of(double rate) => new(rate, []);

    public double Percentile(double part)
    {
        var sorted = Latencies.Order().ToArray();
        return sorted[(int)(part * (sorted.Length - 1))];
    }

    public override string ToString() => Rate.ToString("0", CultureInfo.InvariantCulture);
}
