using System.Text;
using System.Text.Json.Nodes;
using FlexCore.Sdk;

namespace FlexCore.Connectors.Tests;

/// <summary>The page of the connectors is made from their declarations. After a change: <c>FLEXCORE_WRITE_DOCS=1 dotnet test tests/FlexCore.Connectors.Tests --filter ConnectorReference</c>.</summary>
public sealed class ConnectorReferenceTests
{
    public static TheoryData<string> Names => [.. BuiltIn.Names];

    [Fact]
    public async Task Page_has_every_connector_with_every_setting()
    {
        var page = new StringBuilder("# Connectors\n\nMade from their declarations; the [guide](../guides/connectors.md) says how they are used. `flexcore plugin discover NAME` lists what a tap finds.\n");
        foreach (var declaration in BuiltIn.Names.Select(name => BuiltIn.Find(name)!.Declaration)) Write(page, declaration);
        var file = Repository.PathOf("docs", "reference", "connectors.md");
        if (Environment.GetEnvironmentVariable("FLEXCORE_WRITE_DOCS") is not null) await File.WriteAllTextAsync(file, page.ToString(), Connector.Token);
        (await File.ReadAllTextAsync(file, Connector.Token)).ShouldBe(page.ToString());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Connector_says_what_it_is(string name)
    {
        using var connector = new Connector();
        var about = JsonNode.Parse((await connector.RunAsync([name, "--about"])).ShouldExitWith(0).Output)!;

        ((string?)about["name"]).ShouldBe(name);
        ((string?)about["kind"]).ShouldBe(name.Split('-')[0]);
        about["settings"]!["properties"]!.AsObject().ShouldAllBe(setting => setting.Value!["description"] != null);
    }

    private static void Write(StringBuilder page, PluginDeclaration declaration)
    {
        var schema = declaration.GetSettingsSchema();
        var required = (schema["required"] as JsonArray ?? []).Select(name => (string?)name).ToHashSet();
        page.Append($"\n## {declaration.Name}\n\n{declaration.Summary}.\n\n");
        var asks = declaration.Read.Select(item => $"read `{item}`").Concat(declaration.Write.Select(item => $"write `{item}`")).Concat(declaration.Net.Select(item => $"net `{item}`"));
        page.Append($"Asks for: {string.Join(", ", asks)}.\n\n| setting | type | default | what |\n| --- | --- | --- | --- |\n");
        foreach (var (name, setting) in schema["properties"]!.AsObject())
        {
            var absent = required.Contains(name) ? "required" : setting!["default"] is { } value ? $"`{value.ToJsonString()}`" : "";
            var more = setting!["writeOnly"] is not null ? " (secret)" : "";
            page.Append($"| `{name}` | {TypeOf(setting)} | {absent.Replace("|", "\\|", StringComparison.Ordinal)} | {(string?)setting["description"]}{more} |\n");
        }
    }

    private static string TypeOf(JsonNode setting) => setting["enum"] is JsonArray words ? string.Join(" or ", words.Select(word => $"`{word}`"))
        : (string?)setting["type"] switch
        {
            "array" => "list",
            "object" => "map",
            "string" => "text",
            "integer" when setting["minimum"] is { } least => $"{least} to {setting["maximum"]}",
            var type => type ?? "",
        };
}
