using System.Globalization;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Transforms.Expressions;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Transforms;

/// <summary>Reads an inline map. Everything wrong with it is reported at once.</summary>
internal sealed class RecordMapReader
{
    private const int MaxFlattenDepth = 100;
    private static readonly Flattening UsualFlattening = new("__", 10);
    private static readonly Dictionary<string, FieldType> Types = Enum.GetValues<FieldType>().ToDictionary(type => type.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    private readonly List<Error> _errors;
    private readonly MapReader _map;

    private RecordMapReader(MapReader map, List<Error> errors) => (_map, _errors) = (map, errors);

    /// <summary>The map, or null when it is none at all.</summary>
    public static RecordMap? Read(YamlValue map, List<Error> errors) =>
        MapReader.Open(map, "'map'", errors) is { } opened ? new RecordMapReader(opened, errors).Read() : null;

    private RecordMap Read()
    {
        var stream = _map.RequireText("stream") ?? "";
        if (stream.Length == 0 && _map.Find("stream") is { } empty) Report("'stream' must be the name of a record stream, or a pattern with *", empty.At);
        var before = _errors.Count;
        var flatten = ReadFlatten();
        var rename = ReadRename();
        var cast = ReadCast();
        var derive = ReadDerive();
        var where = ReadWhere();
        var mask = ReadMask();
        var (select, drop) = (ReadNames("select"), ReadNames("drop"));
        foreach (var both in drop.Where(name => select.Any(selected => selected.Text == name.Text))) Report($"'{Printable.Escape(both.Text)}' is both selected and dropped", both.At);
        _map.Finish();

        var read = new RecordMap
        {
            Stream = stream,
            Flatten = flatten,
            Rename = rename,
            Cast = cast,
            Derive = derive,
            Where = where,
            Mask = mask,
            Select = [.. select.Select(name => name.Text)],
            Drop = [.. drop.Select(name => name.Text)],
        };

        // An operation that is there, but wrong, has been told already.
        if (_errors.Count == before && flatten is null && where is null && rename.Count + cast.Count + derive.Count + mask.Count + select.Count + drop.Count == 0)
            Report("a map needs something to do: flatten, rename, cast, derive, where, mask, select or drop", _map.At);
        return read;
    }

    private Flattening? ReadFlatten()
    {
        switch (_map.Find("flatten"))
        {
            case null or YamlScalar { IsPlain: true, Text: "false" }:
                return null;
            case YamlScalar { IsPlain: true, Text: "true" }:
                return UsualFlattening;
            case YamlMap:
                var map = _map.FindMap("flatten")!;
                var separator = map.FindText("separator") ?? UsualFlattening.Separator;
                if (separator.Length is 0 or > 16) Report("'separator' must be a text of 1 to 16 characters", map.Find("separator")!.At);
                var depth = map.Find("depth", UsualFlattening.Depth, text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var levels) && levels is > 0 and <= MaxFlattenDepth ? levels : null, $"a whole number from 1 to {MaxFlattenDepth}");
                map.Finish();
                return new Flattening(separator, depth);
            case var other:
                Report("'flatten' must be true, false, or { separator: \"__\", depth: 10 }", other.At);
                return null;
        }
    }

    private Dictionary<string, string> ReadRename()
    {
        var rename = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (old, at, value) in Entries("rename"))
        {
            if (value is not YamlScalar { IsNull: false, Text.Length: > 0 } name) Report($"the new name of '{Printable.Escape(old)}' must be a text", value.At);
            else if (rename.ContainsValue(name.Text)) Report($"two fields are renamed to '{Printable.Escape(name.Text)}'", name.At);
            else rename[old] = name.Text;
        }

        return rename;
    }

    private Dictionary<string, FieldType> ReadCast()
    {
        var cast = new Dictionary<string, FieldType>(StringComparer.Ordinal);
        foreach (var (field, _, value) in Entries("cast"))
        {
            if (value is YamlScalar scalar && Types.TryGetValue(scalar.Text, out var type)) cast[field] = type;
            else Report($"'{Printable.Escape(field)}' can be cast to one of: {string.Join(", ", Types.Keys)}", value.At);
        }

        return cast;
    }

    private List<KeyValuePair<string, string>> ReadDerive()
    {
        var derive = new List<KeyValuePair<string, string>>();
        foreach (var (field, _, value) in Entries("derive"))
        {
            if (value is not YamlScalar { IsNull: false } expression) Report($"'{Printable.Escape(field)}' must be derived by an expression", value.At);
            else if (Parser.TryParse(expression.Text, _ => 0, out var _, out var problem)) derive.Add(KeyValuePair.Create(field, expression.Text));
            else Report($"the expression for '{Printable.Escape(field)}' {Printable.Escape(problem)}", expression.At);
        }

        return derive;
    }

    private string? ReadWhere()
    {
        if (_map.Find("where") is not { } value) return null;
        if (value is not YamlScalar expression) Report("'where' must be an expression", value.At);
        else if (Parser.TryParseCondition(expression.Text, _ => 0, out var _, out var problem)) return expression.Text;
        else Report($"'where' {Printable.Escape(problem)}", expression.At);
        return null;
    }

    private Dictionary<string, FieldMask> ReadMask()
    {
        var mask = new Dictionary<string, FieldMask>(StringComparer.Ordinal);
        foreach (var (field, _, value) in Entries("mask"))
        {
            if (ReadMask(value) is { } read) mask[field] = read;
            else Report($"'{Printable.Escape(field)}' can be masked by: hmac, redact, null, {{ keep-last: N }}", value.At);
        }

        return mask;
    }

    private static FieldMask? ReadMask(YamlValue value) => value switch
    {
        YamlScalar { Text: "hmac" } => new FieldMask(MaskKind.Hmac),
        YamlScalar { Text: "redact" } => new FieldMask(MaskKind.Redact),
        YamlScalar { Text: "null" } => new FieldMask(MaskKind.Null),
        YamlMap { Entries: [{ Key: "keep-last", Value: YamlScalar keep }] } when int.TryParse(keep.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var last) => new FieldMask(MaskKind.KeepLast, last),
        _ => null,
    };

    private List<YamlScalar> ReadNames(string key)
    {
        var names = _map.FindTexts(key).ToList();
        foreach (var twice in names.GroupBy(name => name.Text, StringComparer.Ordinal).Where(group => group.Count() > 1)) Report($"'{Printable.Escape(twice.Key)}' is there twice", twice.Last().At);
        if (_map.Find(key) is YamlList { Items.Count: 0 } empty) Report($"'{key}' must name at least one field", empty.At);
        return names;
    }

    private IReadOnlyList<YamlEntry> Entries(string key)
    {
        if (_map.FindMap(key) is not { } map) return [];
        var entries = map.Entries();
        foreach (var entry in entries.Where(entry => entry.Key.Length == 0)) Report($"'{key}': the name of a field cannot be empty", entry.KeyAt);
        return entries;
    }

    private void Report(string message, SourceLocation at) => _errors.Add(new Error(ErrorCodes.InvalidValue, message, at));
}
