using System.Globalization;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Schemas;
using FlexCore.Plugins.Transforms;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Reads the shape of a sync.</summary>
internal sealed class SyncReader(PipelineFileReader file, List<Error> errors)
{
    private const int MaxTargets = 16;
    private const int MaxStages = 100;

    private static readonly Dictionary<string, ValidationMode> Modes = new(StringComparer.Ordinal)
    {
        ["off"] = ValidationMode.Off,
        ["warn"] = ValidationMode.Warn,
        ["dead-letter"] = ValidationMode.DeadLetter,
        ["fail"] = ValidationMode.Fail,
    };

    private static readonly Dictionary<string, DriftAction> DriftActions = new(StringComparer.Ordinal)
    {
        ["allow"] = DriftAction.Allow,
        ["warn"] = DriftAction.Warn,
        ["fail"] = DriftAction.Fail,
    };

    private static readonly Dictionary<string, bool> EmptyRefreshes = new(StringComparer.Ordinal) { ["allow"] = true, ["fail"] = false };

    private static readonly Dictionary<string, SchemaChangeKind> SchemaChangeKinds =
        Enum.GetValues<SchemaChangeKind>().ToDictionary(kind => kind.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    /// <summary>The sync as far as it can be read.</summary>
    public WrittenSync? Read(YamlValue value, string path)
    {
        if (MapReader.Open(value, "'sync'", errors) is not { } sync) return null;
        var from = sync.Require("from") is { } tap && MapReader.Open(tap, "'from'", errors) is { } fromMap ? (Use: file.ReadUse(fromMap, "config", $"{path}/from"), Map: fromMap) : default;
        var select = from.Map?.FindTexts("select") ?? [];
        from.Map?.Finish();
        var through = ReadThrough(sync, $"{path}/through");
        var to = ReadTargets(sync, $"{path}/to");
        var validation = ReadValidation(sync);
        var drift = ReadDrift(sync);
        var guards = ReadGuards(sync.FindMap("guards"));
        var partitions = ReadPartitions(sync);
        if (partitions is { At: var at } && select.Count == 0)
            errors.Add(new Error(ErrorCodes.InvalidValue, "'partitions' deals out the record streams that are selected, and this sync says nothing of them", at, "Add `select: [\"*\"]` to `from` for all of them."));
        sync.Finish();
        return new WrittenSync(from.Use, select, through, to, validation) { Drift = drift, Guards = guards, Partitions = partitions };
    }

    private List<WrittenStage> ReadThrough(MapReader sync, string path)
    {
        if (sync.Find("through") is not { } value) return [];
        if (value is not YamlList { Items.Count: <= MaxStages } list)
        {
            errors.Add(new Error(ErrorCodes.InvalidValue, $"'through' must be a list of at most {MaxStages} maps and plugins", value.At));
            return [];
        }

        return [.. list.Items.Select((item, index) => ReadStage(item, $"{path}/{index}")).OfType<WrittenStage>()];
    }

    private WrittenStage? ReadStage(YamlValue item, string path)
    {
        if (MapReader.Open(item, "a stage of 'through'", errors) is not { } stage) return null;
        if (stage.Find("map") is not { } map)
        {
            var mapper = ReadPlugin(stage, path);
            return mapper is null ? null : new WrittenStage(null, mapper);
        }

        stage.Finish();
        return RecordMapReader.Read(map, errors) is { } read ? new WrittenStage(read, null) : null;
    }

    private List<WrittenUse> ReadTargets(MapReader sync, string path)
    {
        switch (sync.Require("to"))
        {
            case null:
                return [];
            case YamlList { Items.Count: > 0 and <= MaxTargets } list:
                return [.. list.Items.Select((item, index) => MapReader.Open(item, "a target", errors) is { } target ? ReadPlugin(target, $"{path}/{index}") : null).OfType<WrittenUse>()];
            case YamlList empty:
                errors.Add(new Error(ErrorCodes.InvalidValue, $"'to' must be a target, or a list of 1 to {MaxTargets} targets", empty.At));
                return [];
            case var one:
                return MapReader.Open(one, "'to'", errors) is { } only && ReadPlugin(only, path) is { } use ? [use] : [];
        }
    }

    private WrittenUse? ReadPlugin(MapReader map, string path)
    {
        var use = file.ReadUse(map, "config", path);
        map.Finish();
        return use;
    }

    private (StreamPartitions Rules, SourceLocation At)? ReadPartitions(MapReader sync)
    {
        if (sync.Find("partitions") is not { } value) return null;
        if (value is not YamlMap) return (new StreamPartitions(ReadTaps(sync, "partitions"), []), value.At);
        var map = sync.FindMap("partitions")!;
        var taps = map.Require("taps") is null ? 1 : ReadTaps(map, "taps");
        var together = ReadTogether(map.Find("together"));
        map.Finish();
        return (new StreamPartitions(taps, together), value.At);
    }

    private static int ReadTaps(MapReader map, string key) => map.Find(
        key, 1, text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var taps) && taps is >= 1 and <= StreamPartitions.MaxTaps ? taps : null, $"a number from 1 to {StreamPartitions.MaxTaps}");

    private List<IReadOnlyList<string>> ReadTogether(YamlValue? value)
    {
        if (value is null) return [];
        if (value is YamlList groups && groups.Items.All(group => group is YamlList { Items.Count: > 0 } names && names.Items.All(name => name is YamlScalar { IsNull: false })))
            return [.. groups.Items.Cast<YamlList>().Select(group => (string[])[.. group.Items.Cast<YamlScalar>().Select(name => name.Text)])];
        errors.Add(new Error(ErrorCodes.InvalidValue, "'together' must be a list of lists of record streams ([[orders, order_lines]])", value.At));
        return [];
    }

    private static RefreshGuards? ReadGuards(MapReader? map)
    {
        if (map is null) return null;
        var guards = new RefreshGuards(
            map.FindWord("empty", EmptyRefreshes, absent: null) ?? RefreshGuards.Usual.AllowsEmpty,
            map.Find<double>(
                "shrink",
                text => text.EndsWith('%') && double.TryParse(text.AsSpan(0, text.Length - 1).TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100 ? percent : null,
                "a share such as 80%, of more than 0% and at most 100%"));
        map.Finish();
        return guards;
    }

    private static DriftPolicy ReadDrift(MapReader sync)
    {
        if (sync.Find("drift") is not YamlMap) return DriftPolicy.Warning with { Usual = sync.FindWord("drift", DriftActions, DriftAction.Warn) ?? DriftAction.Warn };
        var map = sync.FindMap("drift")!;
        var byKind = new Dictionary<SchemaChangeKind, DriftAction>();
        foreach (var (word, kind) in SchemaChangeKinds)
        {
            if (map.FindWord(word, DriftActions, absent: null) is { } action) byKind[kind] = action;
        }

        map.Finish();
        return DriftPolicy.Warning with { ByKind = byKind };
    }

    private Validation ReadValidation(MapReader sync)
    {
        if (sync.Find("validate") is not YamlMap) return Validation.None with { Mode = sync.FindWord("validate", Modes, ValidationMode.Off) ?? ValidationMode.Off };
        var map = sync.FindMap("validate")!;
        if (map.Require("mode") is null) return Validation.None;
        var validation = new Validation(
            map.FindWord("mode", Modes, ValidationMode.Off) ?? ValidationMode.Off,
            map.Find("max_dead", Validation.DefaultMaxDeadLetters, text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null, "a whole number"),
            map.Find<double>("max_percent", -1, text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent <= 100 ? percent : null, "a number from 0 to 100") is >= 0 and var most ? most : null);
        if (validation.Mode != ValidationMode.DeadLetter && (map.Find("max_dead") ?? map.Find("max_percent")) is { } limit)
            errors.Add(new Error(ErrorCodes.InvalidValue, "'max_dead' and 'max_percent' limit dead letters, so they need 'mode: dead-letter'", limit.At));
        map.Finish();
        return validation;
    }
}
