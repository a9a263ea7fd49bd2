using System.Globalization;
using Amazon.DynamoDBv2.Model;

namespace FlexCore.Infrastructure.ScyllaDb;

/// <summary>How many nodes must have said the same to a read (https://docs.scylladb.com/manual/stable/alternator/compatibility.html).</summary>
public enum ScyllaConsistency
{
    /// <summary>Most of the replicas of the near data centre: it has all that was written before (LOCAL_QUORUM).</summary>
    Strong,

    /// <summary>One of them: sooner, and it may lack what was written a moment ago (LOCAL_ONE).</summary>
    Eventual,
}

/// <summary>A point of a series.</summary>
/// <param name="Series">The series.</param>
/// <param name="At">When, from year 1 to 9999; kept to 100 ns, in UTC.</param>
/// <param name="Sequence">Tells points of the same time apart, and orders them; 0 or more.</param>
/// <param name="Values">What was then.</param>
public sealed record ScyllaPoint(string Series, DateTimeOffset At, long Sequence, IReadOnlyDictionary<string, AttributeValue> Values)
{
    internal const string PartitionKey = "flexcore_series_day";
    internal const string SortKey = "flexcore_at";
    internal const string Expiry = "flexcore_expires";

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fffffff";

    /// <summary>Tells points of the same time apart, and orders them; 0 or more.</summary>
    public long Sequence { get; } = Sequence >= 0 ? Sequence : throw new ArgumentOutOfRangeException(nameof(Sequence), Sequence, "must not be negative");

    /// <summary>The place of a day of a series.</summary>
    internal static string PartitionOf(string series, DateOnly day) => $"{series}|{day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}";

    /// <summary>Orders as the times do, as text.</summary>
    internal static string SortKeyOf(DateTimeOffset at) => at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    internal static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    internal static ScyllaPoint From(string series, Dictionary<string, AttributeValue> item)
    {
        var parts = item[SortKey].S.Split('#', 2);
        var at = new DateTimeOffset(DateTime.ParseExact(parts[0], TimeFormat, CultureInfo.InvariantCulture), TimeSpan.Zero);
        var values = item.Where(value => value.Key is not (PartitionKey or SortKey or Expiry)).ToDictionary(StringComparer.Ordinal);
        return new ScyllaPoint(series, at, long.Parse(parts[1], CultureInfo.InvariantCulture), values);
    }

    internal Dictionary<string, AttributeValue> ToItem(DateTimeOffset? leaves)
    {
        var item = new Dictionary<string, AttributeValue>(Values, StringComparer.Ordinal)
        {
            [PartitionKey] = new(PartitionOf(Series, DayOf(At))),
            [SortKey] = new(FormattableString.Invariant($"{SortKeyOf(At)}#{Sequence:D19}")),
        };
        if (leaves is { } time) item[Expiry] = new AttributeValue { N = time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) };
        return item;
    }
}
