using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Settings;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore catalog list|get|put|delete|migrate</c>.</summary>
internal static class CatalogCommands
{
    private const int ShortVersion = 12;

    private static readonly Argument<string> Kind = new("KIND") { Description = "What: connection, channel, or provisioning, which tells what became of workers" };
    private static readonly Argument<string> Name = new("NAME") { Description = "Which one" };
    private static readonly Argument<string> File = new("FILE") { Description = "A file with the JSON" };
    private static readonly Option<string?> IfVersion = new("--if-version") { Description = "Only if it is at this version, as `get --json` tells it", HelpName = "VERSION" };

    public static Command Create() => new("catalog", "Connections that pipelines refer to as ${connection.NAME.FIELD}, and channels that are told of runs") { List(), Get(), Put(), Delete(), Migrate() };

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

    private static Command Migrate()
    {
        var from = new Option<string>("--from") { Description = "Where it is: sql, json-file[:PATH], json-folder[:PATH] or dynamodb[:TABLE]", HelpName = "PLACE", Required = true };
        var to = new Option<string>("--to") { Description = "Where it is to be as well", HelpName = "PLACE", Required = true };
        var command = new Command("migrate", "Copy the catalog to another place, while the first one is used; what is there already is compared by hashes. Example: flexcore catalog migrate --from sql --to json-folder:/srv/catalog") { from, to, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var project = ProjectLocation.OfCurrentFolder(parsed).MustExist();
            var settings = project.ReadSettings();
            var (source, target) = (Place(settings.Catalog, parsed.GetRequiredValue(from)), Place(settings.Catalog, parsed.GetRequiredValue(to)));
            if (source == target) throw Wrong("--from and --to name the same place");
            if (target == settings.Catalog) throw Wrong("--to names the place that is in use, which would lose what it has");
            await using var session = await Session.OpenAsync(project, cancellationToken);
            var progress = parsed.GetValue(CommandLine.Json) || Console.IsErrorRedirected ? null : new Progress<(long Looked, long Changed)>(report => Console.Error.Write($"\r{report.Looked} looked at, {report.Changed} changed"));
            var (entries, changed, hash) = await session.EventLog.MigrateCatalogAsync(settings, source, target, progress, cancellationToken);
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(new JsonObject { ["entries"] = entries, ["changed"] = changed, ["sha256"] = hash });
            else Console.Out.WriteLine($"both have the same {entries} entries (SHA-256 {hash}); {changed} were changed. Now set `catalog` in flexcore.yaml, and restart the nodes");
            return 0;
        });
        return command;
    }

    private static CatalogSettings Place(CatalogSettings settings, string text) => settings.At(text) ?? throw Wrong($"'{text}' is no place of a catalog; say sql, json-file, json-folder or dynamodb, with a path or a table behind a colon");

    private static FlexCoreException Wrong(string message) => new(new Error(ErrorCodes.UsageInvalid, message));
}
