using System.Globalization;

namespace FlexCore.Domain.Pipelines;

/// <summary>When a full refresh has brought too little to be believed.</summary>
/// <param name="AllowsEmpty">Whether it may bring no record at all, or none of a record stream that had some.</param>
/// <param name="ShrinkPercent">So many percent fewer records of a record stream than the last full refresh had are too few; null sets no such limit.</param>
public sealed record RefreshGuards(bool AllowsEmpty, double? ShrinkPercent)
{
    /// <summary>What guards the content of a target where the pipeline says nothing.</summary>
    public static RefreshGuards Usual { get; } = new(AllowsEmpty: false, ShrinkPercent: null);

    /// <summary>Why a full refresh is not to count; null when it may.</summary>
    /// <param name="records">Records by record stream that went to the targets.</param>
    /// <param name="last">Those of the last full refresh that counted; empty when there was none.</param>
    public string? Refuse(IReadOnlyDictionary<string, long> records, IReadOnlyDictionary<string, long> last)
    {
        if (!AllowsEmpty)
        {
            if (records.Values.Sum() == 0) return "it brought no records (guards.empty)";
            if (last.FirstOrDefault(stream => stream.Value > 0 && records.GetValueOrDefault(stream.Key) == 0).Key is { } emptied)
                return $"it brought no records of {emptied}, of which the last one had {last[emptied]} (guards.empty)";
        }

        if (ShrinkPercent is not { } percent) return null;
        var shrunk = last.FirstOrDefault(stream => records.GetValueOrDefault(stream.Key) is var now && stream.Value > now && (stream.Value - now) * 100.0 >= percent * stream.Value).Key;
        return shrunk is null ? null : string.Create(CultureInfo.InvariantCulture, $"it brought {records.GetValueOrDefault(shrunk)} records of {shrunk}, {percent} % fewer or more than the {last[shrunk]} of the last one (guards.shrink)");
    }
}
