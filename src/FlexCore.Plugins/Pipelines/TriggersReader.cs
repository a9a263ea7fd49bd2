using System.Globalization;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Reads what starts runs of a pipeline: <c>schedule</c>.</summary>
internal sealed class TriggersReader(List<Error> errors)
{
    private const int MaxSchedules = 20;
    private const string TimeRule = "a date or a time such as 2026-01-01, 2026-01-01T06:30 or 2026-01-01T06:30Z";

    private static readonly string[] LocalForms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"];

    private static readonly Dictionary<string, Overlap> Overlaps = new(StringComparer.Ordinal) { ["skip"] = Overlap.Skip, ["queue"] = Overlap.Queue, ["replace"] = Overlap.Replace };

    private static readonly Dictionary<string, Misfire> Misfires = new(StringComparer.Ordinal) { ["once"] = Misfire.Once, ["all"] = Misfire.All, ["skip"] = Misfire.Skip };

    public Triggers Read(MapReader root)
    {
        var schedules = ReadSchedules(root);
        return schedules.Count == 0 ? Triggers.None : new Triggers(schedules);
    }

    /// <summary>A time as it is written, by the clocks of a zone where it names none; null when it is none.</summary>
    public static DateTimeOffset? ParseTime(string text, TimeZoneInfo zone)
    {
        if (DateTime.TryParseExact(text, LocalForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
            return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        return text.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
    }

    private List<Schedule> ReadSchedules(MapReader root)
    {
        var value = root.Find("schedule");
        IReadOnlyList<YamlValue> items = value switch
        {
            null => [],
            YamlList list => list.Items,
            _ => [value],
        };
        if (items.Count > MaxSchedules || value is YamlList { Items.Count: 0 }) errors.Add(new Error(ErrorCodes.InvalidValue, $"'schedule' must be a schedule, or a list of 1 to {MaxSchedules} of them", value!.At));
        var schedules = items.Take(MaxSchedules).Select(ReadSchedule).OfType<Schedule>().ToList();
        if (schedules.Distinct().Count() < schedules.Count) errors.Add(new Error(ErrorCodes.DuplicateKey, "the same schedule is there twice", value!.At));
        return schedules;
    }

    private Schedule? ReadSchedule(YamlValue value)
    {
        if (MapReader.Open(value, "a schedule", errors) is not { } map) return null;
        var before = errors.Count;
        var cron = map.RequireText("cron");
        if (cron is not null && CronExpression.Parse(cron, out var problem) is null) errors.Add(new Error(ErrorCodes.InvalidValue, $"'cron' {problem}", map.Find("cron")!.At));
        var zone = ReadZone(map);
        var overlap = map.FindWord("overlap", Overlaps, absent: null) ?? Overlap.Skip;
        var misfire = map.FindWord("misfire", Misfires, absent: null) ?? Misfire.Once;
        var start = map.Find("start", text => ParseTime(text, zone), TimeRule);
        var end = map.Find("end", text => ParseTime(text, zone), TimeRule);
        if (end <= start) errors.Add(new Error(ErrorCodes.InvalidValue, "'end' is not after 'start'", map.At));
        map.Finish();
        return errors.Count > before ? null : new Schedule(cron!, zone.Id, overlap, misfire, start, end);
    }

    private TimeZoneInfo ReadZone(MapReader map)
    {
        var name = map.FindText("timezone") ?? Schedule.Utc;
        if (Schedule.FindZone(name) is { } zone) return zone;
        errors.Add(Schedule.UnknownZone(name) with { Location = map.Find("timezone")!.At });
        return TimeZoneInfo.Utc;
    }
}
