using System.Reflection;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;
using FlexCore.Domain.Secrets;
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
    /// <param name="vars">Its variables.</param>
    public Triggers Read(MapReader root, string? pipeline, IReadOnlyCollection<string> vars)
    {
        var triggers = new Triggers(ReadSchedules(root));
        var (events, files) = (new List<EventTrigger>(), new List<FileTrigger>());
        foreach (var map in ReadList(root))
        {
            if (map.Find("file") is { } file)
            {
                if (file is YamlScalar { Text: var pattern } && FileTrigger.IsPattern(pattern)) files.Add(new FileTrigger(pattern));
                else errors.Add(new Error(ErrorCodes.InvalidValue, "'file' must be the path of a file, of which the last part may have * and ?", file.At));
                map.Finish();
                continue;
            }

            if (map.Find("webhook") is not { } webhook)
            {
                events.AddRange(ReadEvent(map, pipeline));
                continue;
            }

            if (triggers.Webhook is not null) errors.Add(new Error(ErrorCodes.DuplicateKey, "a pipeline has one webhook", webhook.At));
            triggers = triggers with { Webhook = ReadWebhook(webhook, vars) };
            map.Finish();
        }

        return triggers.Schedules.Count + events.Count + files.Count == 0 && triggers.Webhook is null ? Triggers.None : triggers with { Events = [.. events.Distinct()], Files = [.. files.Distinct()] };
    }

    private IEnumerable<MapReader> ReadList(MapReader root)
    {
        if (root.Find("triggers") is not { } value) return [];
        if (value is YamlList { Items.Count: > 0 and <= MaxTriggers } list) return list.Items.Select(item => MapReader.Open(item, "a trigger", errors)).OfType<MapReader>();
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'triggers' must be a list of 1 to {MaxTriggers} of them", value.At));
        return [];
    }

    private WebhookTrigger? ReadWebhook(YamlValue value, IReadOnlyCollection<string> vars)
    {
        if (MapReader.Open(value, "'webhook'", errors) is not { } map) return null;
        var secret = map.RequireText("secret");
        if (secret is not null && !SecretRules.IsName(secret))
            errors.Add(new Error(ErrorCodes.InvalidName, $"'{Printable.Escape(secret)}' cannot be the name of a secret", map.Find("secret")!.At, $"Use {SecretRules.NameRule}."));
        var set = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, nameAt, place) in map.FindMap("set")?.Entries() ?? [])
        {
            if (!vars.Contains(name)) errors.Add(new Error(ErrorCodes.UnknownReference, $"there is no variable '{Printable.Escape(name)}' under 'vars'", nameAt));
            if (place is YamlScalar scalar && WebhookTrigger.IsPointer(scalar.Text)) set[name] = scalar.Text;
            else errors.Add(new Error(ErrorCodes.InvalidValue, $"'{Printable.Escape(name)}' must be a place in the message, as a JSON Pointer such as /order/region", place.At));
        }

        map.Finish();
        return new WebhookTrigger(secret ?? "") { Set = set };
    }

    private IEnumerable<EventTrigger> ReadEvent(MapReader map, string? pipeline)
    {
        var (after, on, name, about) = (map.Find("after"), map.Find("on"), map.Find("event"), map.Find("pipeline"));
        map.Finish();
        if (after is null == name is null || (after is null ? on : about) is not null)
        {
            errors.Add(new Error(ErrorCodes.InvalidValue, "a trigger is { after, on }, { event, pipeline }, { webhook } or { file }", map.At));
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
