using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FlexCore.Infrastructure.Clients;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.Clients;

/// <summary>What the reference says of the options of clients is what their types say. After a change: <c>FLEXCORE_WRITE_DOCS=1 dotnet test tests/FlexCore.Infrastructure.Tests --filter ClientReference</c>.</summary>
public sealed partial class ClientReferenceTests
{
    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        RespectNullableAnnotations = true,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly XDocument Documentation = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "FlexCore.Infrastructure.xml"));

    private static IEnumerable<Type> OptionTypes => typeof(ClientOptions).Assembly.GetExportedTypes().Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(ConfiguredOptions))).OrderBy(SectionOf, StringComparer.Ordinal);

    [Fact]
    public async Task Schema_has_the_options_of_every_client()
    {
        var clients = new JsonObject();
        foreach (var type in OptionTypes) clients[SectionOf(type)] = SchemaOf(type);
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Options of FlexCore's clients and building blocks",
            ["type"] = "object",
            ["properties"] = new JsonObject { ["FlexCore"] = new JsonObject { ["type"] = "object", ["properties"] = clients } },
        };

        await ShouldBeAsync("clients.schema.json", schema.ToJsonString(Json) + "\n");
    }

    [Fact]
    public async Task Reference_has_the_options_of_every_client()
    {
        var page = new StringBuilder("# Options of clients and building blocks\n\nMade from the program; the guides of [clients](../guides/clients.md) of [persistence](../guides/persistence.md), of [caching](../guides/caching.md), of [files](../guides/files.md) and of [events](../guides/messaging.md) say how they are used. Durations are of the form `00:00:30`. A named instance has the same in `FlexCore:SYSTEM:NAME`.\n");
        page.Append("\n## Of every client\n\n");
        WriteTable(page, typeof(ClientOptions), Activator.CreateInstance(OptionTypes.First(type => type.IsSubclassOf(typeof(ClientOptions))))!, "");
        foreach (var type in OptionTypes)
        {
            page.Append($"\n## FlexCore:{SectionOf(type)}\n\n{SummaryOf($"T:{type.FullName}")}\n\n");
            WriteTable(page, type, Activator.CreateInstance(type)!, "");
        }

        await ShouldBeAsync("clients.md", page.ToString());
    }

    private static string SectionOf(Type options) => options.Name[..^"Options".Length];

    private static void WriteTable(StringBuilder page, Type type, object defaults, string prefix)
    {
        page.Append("| key | default | |\n| --- | --- | --- |\n");
        WriteRows(page, type, defaults, prefix);
    }

    private static void WriteRows(StringBuilder page, Type type, object defaults, string prefix)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            var value = property.GetValue(defaults);
            if (property.PropertyType.IsClass && property.PropertyType.Assembly == typeof(ClientOptions).Assembly) WriteRows(page, property.PropertyType, value!, $"{prefix}{property.Name}:");
            else page.Append($"| `{prefix}{property.Name}` | {TextOf(value)} | {SummaryOf($"P:{type.FullName}.{property.Name}")}{NamesOf(property.PropertyType)} |\n");
        }
    }

    private static string TextOf(object? value) => value switch
    {
        null or "" or System.Collections.ICollection { Count: 0 } => "",
        bool flag => flag ? "true" : "false",
        _ => FormattableString.Invariant($"{value}"),
    };

    private static string NamesOf(Type type) => type.IsEnum ? $" One of {string.Join(", ", Enum.GetNames(type).Select(name => $"`{name}`"))}." : "";

    private static JsonObject SchemaOf(Type type)
    {
        var schema = JsonSchemaExporter.GetJsonSchemaAsNode(Json, type, new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe }).AsObject();
        schema["description"] = SummaryOf($"T:{type.FullName}");
        return schema;
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonObject node) return schema;
        if (context.PropertyInfo is { AttributeProvider: PropertyInfo property }) node["description"] = SummaryOf($"P:{property.DeclaringType!.FullName}.{property.Name}");
        if (node["type"]?.GetValueKind() == JsonValueKind.String && (string?)node["type"] == "object") node["additionalProperties"] = false;
        return node;
    }

    private static string SummaryOf(string member)
    {
        var summary = Documentation.Descendants("member").SingleOrDefault(entry => (string?)entry.Attribute("name") == member)?.Element("summary").ShouldNotBeNull(member);
        var text = string.Concat(summary!.Nodes().Select(node => node switch
        {
            XElement { Name.LocalName: "see" } see => $"`{LastName().Match((string)see.Attribute("cref")!).Value}`",
            XElement element => $"`{element.Value}`",
            _ => node.ToString(),
        }));
        return Spaces().Replace(System.Net.WebUtility.HtmlDecode(text), " ").Trim();
    }

    private static async Task ShouldBeAsync(string name, string rendered)
    {
        var page = Repository.PathOf("docs", "reference", name);
        if (Environment.GetEnvironmentVariable("FLEXCORE_WRITE_DOCS") == "1") await File.WriteAllTextAsync(page, rendered);
        (await File.ReadAllTextAsync(page)).ShouldBe(rendered, $"{name} is not up to date: run this with FLEXCORE_WRITE_DOCS=1");
    }

    [GeneratedRegex("[^.:]+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LastName();

    [GeneratedRegex(@"\s+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();
}
