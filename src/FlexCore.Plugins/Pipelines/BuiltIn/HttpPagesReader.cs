using System.Text.Json.Nodes;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines.BuiltIn;

/// <summary>Reads how a <c>http</c> step comes from one page of an answer to the next.</summary>
internal sealed class HttpPagesReader(ShapeReader shapes, List<Error> errors)
{
    private const int UsualMost = 1000;

    // Each with the keys that it takes beside those for all, and the parameter of the query that it sets where nothing is said.
    private static readonly Dictionary<string, (string[] Keys, string? Parameter)> Styles = new(StringComparer.Ordinal)
    {
        ["link"] = (["at"], null),
        ["cursor"] = (["at", "parameter"], "cursor"),
        ["page"] = (["parameter", "first", "size"], "page"),
        ["offset"] = (["parameter", "first", "size"], "offset"),
    };

    public JsonObject? Read(MapReader map)
    {
        if (map.RequireText("next") is not { } next) return null;
        if (!Styles.TryGetValue(next, out var style))
        {
            errors.Add(new Error(ErrorCodes.InvalidValue, $"'next' must be one of: {string.Join(", ", Styles.Keys)}", map.Find("next")!.At));
            return null;
        }

        foreach (var key in (string[])["at", "parameter", "first", "size"])
        {
            if (!style.Keys.Contains(key, StringComparer.Ordinal) && map.Find(key) is { } idle) errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' means nothing with 'next: {next}'", idle.At));
        }

        if (next == "cursor") map.Require("at");
        var size = map.Find("size", Units.Count, "how many items a full page has");
        if (next == "offset" && size is null) errors.Add(new Error(ErrorCodes.MissingKey, "'size' is missing: the offset grows by it", map.At));
        var pages = new JsonObject
        {
            ["next"] = next,
            ["at"] = shapes.FindPointer(map, "at"),
            ["parameter"] = map.FindText("parameter") ?? style.Parameter,
            ["first"] = map.Find<int>("first", text => int.TryParse(text, out var number) && number is >= 0 and <= 1_000_000 ? number : null, "a number from 0 on") ?? (next == "page" ? 1 : 0),
            ["size"] = size,
            ["items"] = shapes.FindPointer(map, "items") ?? "",
            ["most"] = map.Find("most", UsualMost, Units.Count, "how many pages there are at most"),
        };
        map.Finish();
        return pages;
    }
}
