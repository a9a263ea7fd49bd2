using System.Globalization;
using System.Text.Json.Serialization;
using FlexCore.Domain.Errors;

namespace FlexCore.Domain.Scheduling;

/// <summary>What happens at a due time when a run of the pipeline waits or is under way already. Runs of a backfill do not count.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Overlap>))]
public enum Overlap
{
    /// <summary>The new run is left out; that is on record.</summary>
    [JsonStringEnumMemberName("skip")]
    Skip,

    /// <summary>The new run waits for its turn.</summary>
    [JsonStringEnumMemberName("queue")]
    Queue,

    /// <summary>The other runs are cancelled, and the new one takes their place.</summary>
    [JsonStringEnumMemberName("replace")]
    Replace,
}

/// <summary>What happens with due times at which no node was there.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Misfire>))]
public enum Misfire
{
    /// <summary>One run makes up for all of them: that of the last one.</summary>
    [JsonStringEnumMemberName("once")]
    Once,

    /// <summary>Each gets its run.</summary>
    [JsonStringEnumMemberName("all")]
    All,

    /// <summary>They are passed over; of the last one that is on record.</summary>
    [JsonStringEnumMemberName("skip")]
    Skip,
}

/// <summary>When runs of a pipeline are due.</summary>
/// <param name="Cron">A <see cref="CronExpression"/>.</param>
/// <param name="Timezone">IANA name of the zone by whose clocks it goes.</param>
/// <param name="Overlap">What happens when another run is in the way.</param>
/// <param name="Misfire">What happens with due times that were missed.</param>
/// <param name="Start">Nothing is due before; null for no such bound.</param>
/// <param name="End">Nothing is due from then on; null for no such bound.</param>
public sealed record Schedule(string Cron, string Timezone = Schedule.Utc, Overlap Overlap = Overlap.Skip, Misfire Misfire = Misfire.Once, DateTimeOffset? Start = null, DateTimeOffset? End = null)
{
    /// <summary>The zone where nothing is said.</summary>
    public const string Utc = "UTC";

    /// <summary>How a time is written.</summary>
    public const string TimeRule = "a date or a time such as 2026-01-01, 2026-01-01T06:30 or 2026-01-01T06:30Z";

    /// <summary>How late a due time may be handled and still count as kept.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    private static readonly string[] LocalForms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"];

    private CronExpression Expression => CronExpression.Parse(Cron, out var problem) ?? throw new InvalidOperationException($"'{Cron}' {problem}");

    private TimeZoneInfo Zone => FindZone(Timezone) ?? throw new FlexCoreException(UnknownZone(Timezone));

    /// <summary>A time as it is written, by the clocks of a zone where it names none; null when it is none.</summary>
    public static DateTimeOffset? ParseTime(string text, TimeZoneInfo zone)
    {
        if (DateTime.TryParseExact(text, LocalForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
            return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        return text.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
    }

    /// <summary>The zone of a name; null when this machine knows none.</summary>
    public static TimeZoneInfo? FindZone(string name) => TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;

    /// <summary>Says that this machine does not know a zone.</summary>
    public static Error UnknownZone(string name) => new(
        ErrorCodes.InvalidValue, $"there is no time zone '{Printable.Escape(name)}' on this machine", SpecificRemedy: "Use an IANA name such as Europe/Lisbon; where none is known, install the package tzdata.");

    /// <summary>The due times behind a moment, the soonest first.</summary>
    public IEnumerable<DateTimeOffset> After(DateTimeOffset moment)
    {
        // Start itself may be due.
        var from = Start is { } start && start > moment ? start.AddTicks(-1) : moment;
        return Expression.After(from, Zone).TakeWhile(time => End is not { } end || time < end);
    }

    /// <summary>The due times up to a moment and behind another one, the latest first.</summary>
    /// <param name="moment">May be due itself.</param>
    /// <param name="since">Is none of them.</param>
    public IEnumerable<DateTimeOffset> UpTo(DateTimeOffset moment, DateTimeOffset since)
    {
        var last = End is { } end && end <= moment ? end.AddTicks(-1) : moment;
        return Expression.UpTo(last, Zone).TakeWhile(time => time > since && (Start is not { } start || time >= start));
    }
}
