using System.Text.Json.Nodes;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Transforms.Expressions;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines.BuiltIn;

/// <summary>Reads what a <c>json</c> step does.</summary>
internal sealed class JsonSettingsReader(WrittenSettings settings, ProjectFiles files, List<Error> errors)
{
    /// <summary>How files of JSON end: one document, or a value on each line.</summary>
    public static readonly IReadOnlyList<string> Endings = [".json", ".jsonl", ".ndjson"];

    public JsonObject Read(MapReader map)
    {
        var shapes = new ShapeReader(settings, errors);
        var (input, from) = (map.Find("input"), map.Find("file"));
        if ((input is null) == (from is null)) errors.Add(new Error(ErrorCodes.InvalidValue, "a json step works on exactly one of: input, file", map.At));
        var read = new JsonObject
        {
            ["input"] = input is null ? null : settings.Json(input),
            ["file"] = files.FindRead(settings, map, "file", Endings),
            ["schema"] = files.FindRead(settings, map, "schema"),
            ["select"] = shapes.FindPointer(map, "select"),
            ["where"] = ReadWhere(map),
            ["reshape"] = map.Find("reshape") is { } shape ? shapes.Read(shape) : null,
            ["save"] = files.FindWritten(settings, map, "save", Endings),
        };
        map.Finish();
        return read;
    }

    private string? ReadWhere(MapReader map)
    {
        if (map.Find("where") is not { } value) return null;
        if (value is not YamlScalar text || settings.IsLate(value)) Report("'where' must be an expression, known before the run", value);
        else if (Parser.TryParseCondition(text.Text, _ => 0, out _, out var problem)) return text.Text;
        else Report($"'where' {Printable.Escape(problem)}", value);
        return null;
    }

    private void Report(string message, YamlValue value) => errors.Add(new Error(ErrorCodes.InvalidValue, message, value.At));
}
