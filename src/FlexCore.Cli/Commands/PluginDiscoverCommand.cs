using System.CommandLine;
using System.Text.Json;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore plugin discover</c>.</summary>
internal static class PluginDiscoverCommand
{
    private const int FieldsShown = 5;

    private static readonly Argument<string> Name = new("NAME") { Description = "The plugin: a tap of the project, or a registered one" };
    private static readonly Option<string?> Input = new("--input") { Description = "Its config, as a JSON object", HelpName = "JSON" };
    private static readonly Option<string?> Config = new("--config") { Description = "The same from a file", HelpName = "FILE" };

    public static Command Create() => ApiCommand.Create(
        "discover", "Ask a tap what there is to read, in its sandbox and under its grants: its catalog. Example: flexcore plugin discover tap-csv --config tap-csv.json", [Name, Input, Config, RunCommand.GrantOption],
        async (api, parsed, cancellationToken) => ApiCommand.Print(
            parsed, await api.DiscoverPluginAsync(parsed.GetRequiredValue(Name), new DiscoverPlugin(JsonArgument.Read(parsed, Input, Config), RunCommand.ReadGrantAll(parsed)), cancellationToken), JsonOutput.Documents.JsonElement, Print),
        ProjectLocation.OfCurrentFolder);

    private static void Print(JsonElement catalog)
    {
        var streams = catalog.GetProperty("streams").EnumerateArray().Where(stream => stream.ValueKind == JsonValueKind.Object).ToList();
        if (streams.Count == 0) Console.Out.WriteLine("no record streams");
        else TextTable.Print(["STREAM", "KEY", "FIELDS"], streams.Select(Row));
    }

    private static IReadOnlyList<string> Row(JsonElement stream) =>
    [
        Text(Find(stream, "tap_stream_id") ?? Find(stream, "stream")),
        Find(stream, "key_properties") is { ValueKind: JsonValueKind.Array } keys && keys.GetArrayLength() > 0 ? string.Join(", ", keys.EnumerateArray().Select(key => Text(key))) : "-",
        Find(stream, "schema") is { ValueKind: JsonValueKind.Object } schema && Find(schema, "properties") is { ValueKind: JsonValueKind.Object } properties ? Fields([.. properties.EnumerateObject().Select(field => Printable.Escape(field.Name))]) : "-",
    ];

    private static string Fields(IReadOnlyList<string> names) => names.Count switch
    {
        0 => "-",
        <= FieldsShown => string.Join(", ", names),
        _ => $"{string.Join(", ", names.Take(FieldsShown))} and {names.Count - FieldsShown} more",
    };

    private static JsonElement? Find(JsonElement value, string name) => value.TryGetProperty(name, out var found) ? found : null;

    private static string Text(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text ? Printable.Escape(text.GetString()!) : "-";
}
