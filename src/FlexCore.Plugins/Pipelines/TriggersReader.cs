using System.Reflection;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Reads what starts runs of a pipeline: <c>schedule</c> and <c>triggers</c>.</summary>
internal sealed class TriggersReader(List<Error> errors)
{
    private const int MaxSchedules = 20;
    private const int MaxTriggers = 100;

    private static readonly Dictionary<string, RunCondition> Ends = new(StringComparer.Ordinal) { ["success"] = RunCondition.Success, ["failure"] = RunCondition.Failure, ["always"] = RunCondition.Always };

    private static readonly Dictionary<RunCondition, string[]> EndTypes = new()
    {
        [RunCondition.Success] = [nameof(PipelineCompleted)],
        [RunCondition.Failure] = [nameof(PipelineFailed), nameof(PipelineInterrupted)],
        [RunCondition.Always] = [nameof(PipelineCompleted), nameof(PipelineFailed), nameof(PipelineInterrupted), nameof(PipelineCancelled)],
    };

    private static readonly HashSet<string> EventNames =
        [.. typeof(IDomainEvent).Assembly.GetTypes().Select(type => type.GetCustomAttribute<EventTypeAttribute>()?.Name).OfType<string>()];

    private static readonly Dictionary<string, Overlap> Overlaps = new(StringComparer.Ordinal) { ["skip"] = Overlap.Skip, ["queue"] = Overlap.Queue, ["replace"] = Overlap.Replace };

    private static readonly Dictionary<string, Misfire> Misfires = new(StringComparer.Ordinal) { ["once"] = Misfire.Once, ["all"] = Misfire.All, ["skip"] = Misfire.Skip };

    /// <param name="root">The pipeline.</param>
    /// <param name="pipeline">Its name.</param>
    public Triggers Read(MapReader root, string? pipeline)
    {
        var schedules = ReadSchedules(root);
        var events = ReadEvents(root, pipeline);
        return schedules.Count + events.Count == 0 ? Triggers.None : new Triggers(schedules) { Events = events };
    }

    private List<EventTrigger> ReadEvents(MapReader root, string? pipeline)
    {
        if (root.Find("triggers") is not { } value) return [];
        if (value is YamlList { Items.Count: > 0 and <= MaxTriggers } list) return [.. list.Items.SelectMany(item => ReadTrigger(item, pipeline)).Distinct()];
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'triggers' must be a list of 1 to {MaxTriggers} of them", value.At));
        return [];
    }

    private IEnumerable<EventTrigger> ReadTrigger(YamlValue value, string? pipeline)
    {
        if (MapReader.Open(value, "a trigger", errors) is not { } map) return [];
        var (after, on, name, about) = (map.Find("after"), map.Find("on"), map.Find("event"), map.Find("pipeline"));
        map.Finish();
        if (after is null == name is null || (after is null ? on : about) is not null)
        {
            errors.Add(new Error(ErrorCodes.InvalidValue, "a trigger is either { after, on } or { event, pipeline }", map.At));
            return [];
        }

        if (after is not null)
        {
            if (map.RequireName("after") is not { } first) return [];
            if (first == pipeline) errors.Add(new Error(ErrorCodes.InvalidValue, "a pipeline cannot start itself", after.At));
            return EndTypes[map.FindWord("on", Ends, absent: null) ?? RunCondition.Success].Select(type => new EventTrigger(type, first, TriggerKind.Pipeline));
        }

        if (map.RequireText("event") is not { } type) return [];
        if (!EventNames.Contains(type)) errors.Add(new Error(ErrorCodes.InvalidValue, $"there is no event type '{Printable.Escape(type)}'", name!.At, "See those of the log with `flexcore events list`."));
        return [new EventTrigger(type, about is null ? null : map.RequireName("pipeline"), TriggerKind.Event)];
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
