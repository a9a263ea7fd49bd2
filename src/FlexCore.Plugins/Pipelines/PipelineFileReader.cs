using System.Text.Json.Nodes;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Pipelines.BuiltIn;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Reads the shape of a pipeline file. Everything wrong with it is reported at once.</summary>
internal sealed class PipelineFileReader(List<Error> errors)
{
    public const int MaxSteps = 1000;
    private const int MaxParallel = 1000;

    /// <summary>The file as far as it can be read: when there are errors, only good for finding more of them.</summary>
    public PipelineFile Read(YamlMap root)
    {
        var map = new MapReader(root, errors);
        var name = map.RequireName("name");
        var description = map.FindText("description");
        var vars = ReadVars(map.FindMap("vars"));
        var grants = ReadGrants(map.FindMap("grants"));
        var steps = ReadSteps(map);
        var parallel = map.Find("parallel", PipelineDefinition.DefaultParallel, text => Units.Count(text) is { } count and <= MaxParallel ? count : null, $"a number of steps from 1 to {MaxParallel}");
        var rules = new RunRulesReader(errors).Read(map, vars.Keys.ToHashSet(StringComparer.Ordinal));
        var notify = new NotifyReader(errors).Read(map.Find("notify"));
        var triggers = new TriggersReader(errors).Read(map, name, vars.Keys);
        map.Finish();
        return new PipelineFile(name ?? "", description, vars, grants, steps, parallel, rules, notify, triggers, root);
    }

    private Dictionary<string, JsonNode?> ReadVars(MapReader? map)
    {
        var vars = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (key, keyAt, value) in map?.Entries() ?? [])
        {
            if (key.AsSpan().ContainsAny('{', '}')) errors.Add(new Error(ErrorCodes.InvalidName, $"'{Printable.Escape(key)}' cannot be the name of a variable", keyAt));
            vars[key] = value.ToJson(scalar => scalar.ToJson());
        }

        return vars;
    }

    private Dictionary<string, WrittenGrant> ReadGrants(MapReader? map)
    {
        var grants = new Dictionary<string, WrittenGrant>(StringComparer.Ordinal);
        foreach (var (plugin, keyAt, value) in map?.Entries() ?? [])
        {
            if (ReadGrant(value, $"the grant for '{Printable.Escape(plugin)}'", keyAt) is { } grant) grants[plugin] = grant;
        }

        return grants;
    }

    private WrittenGrant? ReadGrant(YamlValue value, string what, SourceLocation at)
    {
        if (MapReader.Open(value, what, errors) is not { } map) return null;
        var grant = new WrittenGrant(map.FindTexts("read"), map.FindTexts("write"), map.FindTexts("env"), map.FindTexts("net"), map.FindSecrets("secrets"), at);
        map.Finish();
        return grant;
    }

    private List<WrittenStep> ReadSteps(MapReader map)
    {
        if (map.Require("steps") is not { } value) return [];
        if (value is not YamlList { Items.Count: > 0 and <= MaxSteps } list)
        {
            errors.Add(new Error(ErrorCodes.InvalidValue, $"'steps' must be a list of 1 to {MaxSteps} steps", value.At));
            return [];
        }

        var steps = new List<WrittenStep>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, item) in list.Items.Index())
        {
            if (MapReader.Open(item, "a step", errors) is not { } step || ReadStep(step, $"steps/{index}") is not { } read) continue;
            if (!ids.Add(read.Id)) errors.Add(new Error(ErrorCodes.DuplicateKey, $"the step id '{read.Id}' is there twice", step.At));
            steps.Add(read);
        }

        return steps;
    }

    private WrittenStep? ReadStep(MapReader map, string path)
    {
        var id = map.RequireName("id");
        var needs = map.FindTexts("needs");
        var (sync, task, pipeline, noop) = (map.Find("sync"), map.Find("task"), map.Find("pipeline"), map.Find("noop"));
        var builtIns = BuiltInReader.Kinds.Select(kind => (Kind: kind, Written: map.Find(kind.Key))).Where(kind => kind.Written is not null).ToList();
        if (new[] { sync, task, pipeline, noop }.Count(kind => kind is not null) + builtIns.Count != 1)
            errors.Add(new Error(ErrorCodes.InvalidValue, $"a step is exactly one of: sync, task, pipeline, {string.Join(", ", BuiltInReader.Kinds.Keys)}, noop", map.At));
        var (when, condition) = new WhenReader(errors).Read(map);
        var timeout = map.Find("timeout", Units.Duration, Units.DurationRule);
        var retry = new RetryReader(errors).Read(map.FindMap("retry"));
        if (noop is not null && (timeout is not null || retry.Attempts > 1)) errors.Add(new Error(ErrorCodes.InvalidValue, "a noop takes no time and does not fail: it has neither 'timeout' nor 'retry'", map.At));
        if (when == RunCondition.Failure && needs.Count == 0) errors.Add(new Error(ErrorCodes.InvalidValue, "'when: failure' needs steps that can fail: name them in 'needs'", map.At));
        var matrix = map.Find("matrix");
        if (matrix is not (null or YamlMap)) errors.Add(new Error(ErrorCodes.InvalidValue, "'matrix' must be a mapping of lists (name: [value, …])", matrix.At));
        map.Finish("parallel");

        var step = new WrittenStep(id ?? "", needs, null, null, []) { When = when, Condition = condition, Timeout = timeout, Retry = retry, Matrix = matrix as YamlMap };
        if (sync is not null) step = step with { Sync = new SyncReader(this, errors).Read(sync, $"{path}/sync") };
        if (task is not null) step = ReadTask(step, task, $"{path}/task");
        if (pipeline is not null) step = step with { SubPipeline = new SubPipelineReader(errors).Read(pipeline) };
        if (builtIns is [var (kind, settings), ..]) step = ReadBuiltIn(step, kind.Key, kind.Value, settings!);
        if (noop is not null) MapReader.Open(noop, "'noop'", errors)?.Finish();
        return id is null ? null : step;
    }

    private WrittenStep ReadBuiltIn(WrittenStep step, string key, BuiltInKind kind, YamlValue value)
    {
        if (value is YamlMap settings) return step with { BuiltIn = new WrittenBuiltIn(kind, settings) };
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' must be a mapping (key: value)", value.At));
        return step;
    }

    private WrittenStep ReadTask(WrittenStep step, YamlValue value, string path)
    {
        if (MapReader.Open(value, "'task'", errors) is not { } task) return step;
        var read = step with { Task = ReadUse(task, "input", path), Args = task.FindTexts("args") };
        task.Finish();
        return read;
    }

    /// <summary>Reads a plugin at its place, without finishing the mapping.</summary>
    public WrittenUse? ReadUse(MapReader map, string settingsKey, string path)
    {
        var plugin = map.Require("plugin");
        var settings = map.Find(settingsKey);
        if (settings is not (null or YamlMap)) errors.Add(new Error(ErrorCodes.InvalidValue, $"'{settingsKey}' must be a mapping (key: value)", settings.At));
        var narrowed = map.Find("grants") is { } grants ? ReadGrant(grants, "'grants'", grants.At) : null;
        if (plugin is null) return null;
        if (plugin is YamlScalar { Text: var name } scalar && IsNameOrFolder(name)) return new WrittenUse(scalar, settings as YamlMap, narrowed, $"{path}/{settingsKey}");
        errors.Add(new Error(ErrorCodes.InvalidName, "'plugin' must be the name of a plugin, NAME@VERSION, or a folder that begins with ./ or / and has no '..' in it", plugin.At));
        return null;
    }

    private static bool IsNameOrFolder(string text) =>
        PluginReference.Parse(text) is not null || ((text.StartsWith("./", StringComparison.Ordinal) || text.StartsWith('/')) && !text.Split('/').Contains("..", StringComparer.Ordinal));
}
