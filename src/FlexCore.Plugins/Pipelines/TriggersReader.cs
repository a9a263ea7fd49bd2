using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Reads what starts runs of a pipeline: <c>schedule</c>.</summary>
internal sealed class TriggersReader(List<Error> errors)
{
    private const int MaxSchedules = 20;

    private static readonly Dictionary<string, Overlap> Overlaps = new(StringComparer.Ordinal) { ["skip"] = Overlap.Skip, ["queue"] = Overlap.Queue, ["replace"] = Overlap.Replace };

    private static readonly Dictionary<string, Misfire> Misfires = new(StringComparer.Ordinal) { ["once"] = Misfire.Once, ["all"] = Misfire.All, ["skip"] = Misfire.Skip };

    public Triggers Read(MapReader root)
    {
        var schedules = ReadSchedules(root);
        return schedules.Count == 0 ? Triggers.None : new Triggers(schedules);
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
        var start = map.Find("start", text => Schedule.ParseTime(text, zone), Schedule.TimeRule);
        var end = map.Find("end", text => Schedule.ParseTime(text, zone), Schedule.TimeRule);
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
