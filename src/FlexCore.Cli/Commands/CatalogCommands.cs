using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore catalog list|get|put|delete</c>.</summary>
internal static class CatalogCommands
{
    private const int ShortVersion = 12;

    private static readonly Argument<string> Kind = new("KIND") { Description = "What: connection" };
    private static readonly Argument<string> Name = new("NAME") { Description = "Which one" };
    private static readonly Argument<string> File = new("FILE") { Description = "A file with the JSON" };
    private static readonly Option<string?> IfVersion = new("--if-version") { Description = "Only if it is at this version, as `get --json` tells it", HelpName = "VERSION" };

    public static Command Create() => new("catalog", "Connections that pipelines refer to as ${connection.NAME.FIELD}") { List(), Get(), Put(), Delete() };

    private static Command List() => ApiCommand.Create("list", "Entries by name. Example: flexcore catalog list connection", [Kind], async (api, parsed, cancellationToken) =>
    {
        var entries = await api.ListCatalogAsync(parsed.GetRequiredValue(Kind), cancellationToken: cancellationToken).ToListAsync(cancellationToken);
        return ApiCommand.Print(
            parsed, entries, JsonOutput.Documents.IReadOnlyListCatalogEntry,
            list => TextTable.Print(["NAME", "VERSION", "FIELDS"], list.Select(entry => (string[])[entry.Id, entry.Version[..ShortVersion], string.Join(' ', entry.Document.EnumerateObject().Select(field => field.Name))])));
    });

    private static Command Get() => ApiCommand.Create("get", "What an entry says. Example: flexcore catalog get connection shop", [Kind, Name], async (api, parsed, cancellationToken) =>
    {
        var entry = await api.GetCatalogEntryAsync(parsed.GetRequiredValue(Kind), parsed.GetRequiredValue(Name), cancellationToken);
        return ApiCommand.Print(parsed, entry, JsonOutput.Documents.CatalogEntry, found => JsonOutput.Print(JsonObject.Create(found.Document)!));
    });

    private static Command Put() => ApiCommand.Create(
        "put", "Write an entry, a new one or another one in its place; secrets in it are references, as ${secret.shop}. Example: flexcore catalog put connection shop shop.json", [Kind, Name, File, IfVersion],
        async (api, parsed, cancellationToken) =>
        {
            var document = JsonArgument.Read(parsed.GetRequiredValue(File));
            var entry = await api.PutCatalogEntryAsync(parsed.GetRequiredValue(Kind), parsed.GetRequiredValue(Name), document, parsed.GetValue(IfVersion), cancellationToken);
            return ApiCommand.Print(parsed, entry, JsonOutput.Documents.CatalogEntry, written => Console.Out.WriteLine($"{written.Kind} {written.Id} is at version {written.Version}"));
        },
        ProjectLocation.OfCurrentFolder);

    private static Command Delete() => ApiCommand.Create("delete", "Delete an entry. Example: flexcore catalog delete connection shop", [Kind, Name, IfVersion], async (api, parsed, cancellationToken) =>
    {
        var (kind, name) = (parsed.GetRequiredValue(Kind), parsed.GetRequiredValue(Name));
        await api.DeleteCatalogEntryAsync(kind, name, parsed.GetValue(IfVersion), cancellationToken);
        if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(new JsonObject { ["kind"] = kind, ["id"] = name, ["deleted"] = true });
        else Console.Out.WriteLine($"{kind} {name} deleted");
        return 0;
    });
}
