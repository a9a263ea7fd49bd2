using FlexCore.Client;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Output;

/// <summary>What became of records, as people read it.</summary>
internal static class Words
{
    /// <summary>So many record streams at most are named; a tap may have thousands.</summary>
    public const int MostStreams = 20;

    /// <summary>Records that did not get to the targets; empty when all did.</summary>
    public static string NotDelivered(RunStep step)
    {
        var leftOut = step.Streams.Values.Sum(stream => stream.LeftOut);
        return (leftOut > 0 ? $", {Figures.Count(leftOut)} left out" : "") + (step.DeadLetters > 0 ? $", {Figures.Count(step.DeadLetters, "dead letter")}" : "");
    }

    public static string Records(IReadOnlyDictionary<string, long> streams) =>
        streams.Count switch
        {
            0 => "0 records",
            1 => $"{Figures.Count(streams.Values.Single())} records of {streams.Keys.Single()}",
            _ => $"{Figures.Count(streams.Values.Sum())} records ({string.Join(", ", streams.Take(MostStreams).Select(stream => $"{stream.Key} {Figures.Count(stream.Value)}"))}{AndMore(streams.Count - MostStreams)})",
        };

    private static string AndMore(int number) => number > 0 ? $", and {Figures.Count(number)} more" : "";
}
