using System.Text;
using System.Text.Json;

namespace FlexCore.EndToEnd.Reference;

/// <summary>The reference page of REST, made of the OpenAPI document that a server has.</summary>
internal static class RestReference
{
    private const string Components = "#/components/schemas/";

    private static readonly string[] Methods = ["get", "post", "put", "patch", "delete"];

    public static string Render(JsonElement document)
    {
        var page = new StringBuilder(
            """
            # REST

            Made from the document that each server has at `/openapi/v1.json` (OpenAPI 3.1); a test keeps the two equal, and another one asks every operation at random and compares what comes. How to ask, page, wait and repeat is in
            [the server](../guides/server.md). What goes wrong is a [problem document](#problem) with a code of [errors.md](errors.md).

            """);
        var operations = document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Where(method => Methods.Contains(method.Name, StringComparer.Ordinal)).Select(method => (Path: path.Name, Method: method.Name, Operation: method.Value))).ToList();
        foreach (var tag in document.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("name").GetString()!))
        {
            page.Append($"\n## {tag}\n");
            foreach (var (path, method, operation) in operations.Where(each => each.Operation.GetProperty("tags")[0].ValueEquals(tag))) Describe(page, path, method, operation);
        }

        page.Append("\n## Documents\n");
        foreach (var schema in document.GetProperty("components").GetProperty("schemas").EnumerateObject().Where(schema => schema.Value.TryGetProperty("properties", out _))) Describe(page, schema.Name, schema.Value);
        return page.ToString();
    }

    private static void Describe(StringBuilder page, string path, string method, JsonElement operation)
    {
        page.Append($"\n### {operation.GetProperty("operationId").GetString()}\n\n`{method.ToUpperInvariant()} {path}`\n\n{Text(operation, "summary")}.\n\n");
        if (operation.TryGetProperty("description", out var more)) page.Append($"{more.GetString()}\n\n");
        foreach (var parameter in operation.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray() : default)
            page.Append($"- `{Text(parameter, "name")}` ({Text(parameter, "in")}{(parameter.TryGetProperty("required", out var required) && required.GetBoolean() ? ", required" : "")}): {TypeOf(parameter.GetProperty("schema"))}{(parameter.TryGetProperty("description", out var about) ? $"; {about.GetString()}" : "")}\n");
        if (operation.TryGetProperty("requestBody", out var body)) page.Append($"- body: {ContentOf(body)}\n");
        foreach (var response in operation.GetProperty("responses").EnumerateObject().Where(response => response.Name[0] is '2' or '3')) page.Append($"- answers {response.Name}{(response.Value.TryGetProperty("content", out _) ? $": {ContentOf(response.Value)}" : "")}\n");
    }

    private static void Describe(StringBuilder page, string name, JsonElement schema)
    {
        page.Append($"\n### {name}\n\n");
        if (schema.TryGetProperty("description", out var about)) page.Append($"{Cell(about.GetString()!)}\n\n");
        page.Append("| Member | Type | |\n| --- | --- | --- |\n");
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(each => each.GetString()).ToHashSet(StringComparer.Ordinal) : [];
        foreach (var member in schema.GetProperty("properties").EnumerateObject())
            page.Append($"| `{member.Name}`{(required.Contains(member.Name) ? "" : " (optional)")} | {TypeOf(member.Value)} | {(member.Value.TryGetProperty("description", out var meaning) ? Cell(meaning.GetString()!) : "")} |\n");
    }

    private static string ContentOf(JsonElement holder) => string.Join(", or ", holder.GetProperty("content").EnumerateObject().Select(content =>
        content.Name == "application/json" && content.Value.TryGetProperty("schema", out var schema) ? TypeOf(schema) : $"`{content.Name}`"));

    private static string TypeOf(JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference)) return Link(reference.GetString()![Components.Length..]);
        foreach (var word in (string[])["anyOf", "oneOf"])
        {
            if (schema.TryGetProperty(word, out var either)) return string.Join(" or ", either.EnumerateArray().Select(TypeOf));
        }

        if (schema.TryGetProperty("enum", out var words)) return string.Join(", ", words.EnumerateArray().Select(each => $"`{each}`"));
        var types = !schema.TryGetProperty("type", out var type) ? ["anything"] : type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(each => each.GetString()!).OrderBy(each => each == "null").ToArray() : [type.GetString()!];
        return string.Join(" or ", types.Select(each => each switch
        {
            "array" => $"list of {TypeOf(schema.GetProperty("items"))}",
            "object" when schema.TryGetProperty("additionalProperties", out var values) && values.ValueKind == JsonValueKind.Object => $"map of {TypeOf(values)}",
            _ when schema.TryGetProperty("format", out var format) && each != "null" => $"{each} ({format.GetString()})",
            _ => each,
        }));
    }

    private static string Link(string name) => name == "JsonElement" ? "anything" : $"[{name}](#{name.ToLowerInvariant()})";

    private static string Text(JsonElement holder, string name) => holder.GetProperty(name).GetString()!.TrimEnd('.');

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
