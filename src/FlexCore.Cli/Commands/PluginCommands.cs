using System.CommandLine;
using FlexCore.Application.Plugins;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore plugin</c>, and of it <c>add</c>, <c>list</c> and <c>show</c>.</summary>
internal static class PluginCommands
{
    public static Command Create() => new("plugin", "Plugins that a data directory knows") { Add(), List(), Show(), PluginRunCommand.Create(), PluginGrantCommands.Grant(), PluginGrantCommands.Revoke(), PluginAuditCommand.Create() };

    private static Command Add()
    {
        var source = new Argument<string>("DIR") { Description = "The plugin's folder with its plugin.yaml, or a zip or tar.gz of it" };
        var command = new Command("add", "Register a plugin: its files are copied. Example: flexcore plugin add ./tap-orders") { source, CommandLine.Data, CommandLine.Environment, CommandLine.Json, ServerLocation.Server, ServerLocation.Profile, ServerLocation.Insecure };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(source);
            var added = ServerLocation.Read(parsed) is { } server ? await SendAsync(server, path, cancellationToken) : await CopyAsync(path, parsed, cancellationToken);
            return ApiCommand.Print(parsed, added, JsonOutput.Documents.AddedPlugin, plugin =>
            {
                Console.Out.WriteLine($"registered {plugin.Name} {plugin.Version} (sha256 {plugin.Digest[..12]}…) in {plugin.Folder}");
                PluginGrantCommands.PrintWaiting(plugin.Name, plugin.Waiting);
            });
        });
        return command;
    }

    private static async Task<Client.AddedPlugin> SendAsync(ServerLocation server, string path, CancellationToken cancellationToken)
    {
        await using var archive = await PackedPlugin.OpenAsync(path, cancellationToken);
        using var connection = new ServerConnection(server);
        return await connection.Client.AddPluginAsync(archive, cancellationToken);
    }

    private static async Task<Client.AddedPlugin> CopyAsync(string path, ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed), cancellationToken);
        var added = await session.AskAsync(new RegisterPlugin(path), cancellationToken);
        return added.IsSuccess ? OperationDocuments.Describe(added.Value) : throw new FlexCoreException(added.Errors);
    }

    private static Command List() => ApiCommand.Create("list", "Plugins that are registered or were used here. Example: flexcore plugin list", [], async (api, parsed, cancellationToken) =>
    {
        var plugins = await api.ListPluginsAsync(cancellationToken).ToListAsync(cancellationToken);
        return ApiCommand.Print(
            parsed, plugins, JsonOutput.Documents.IReadOnlyListPluginListItem, list => TextTable.Print(["PLUGIN", "REGISTERED", "EXECUTIONS", "FAILURES", "CPU", "PEAK MEMORY", "LAST USED"], list.Select(Row)));
    });

    private static Command Show()
    {
        var name = new Argument<string>("NAME") { Description = "The plugin" };
        return ApiCommand.Create("show", "One plugin and what it was granted. Example: flexcore plugin show tap-csv", [name], async (api, parsed, cancellationToken) =>
            ApiCommand.Print(parsed, await api.GetPluginAsync(parsed.GetRequiredValue(name), cancellationToken), JsonOutput.Documents.Plugin, Print));
    }

    private static void Print(Plugin plugin)
    {
        if (plugin.Registered is { } registered)
        {
            Console.Out.WriteLine($"{plugin.Name} {registered.Version}, a {registered.Kind}, in {registered.Folder}, sha256 {registered.Digest}");
            Console.Out.WriteLine($"  asks for {PluginGrantCommands.InWords(plugin.Asks)}");
            Console.Out.WriteLine($"  granted wherever it is used: {PluginGrantCommands.InWords(plugin.Standing)}");
            PluginGrantCommands.PrintWaiting(plugin.Name, plugin.Waiting);
        }
        else
        {
            Console.Out.WriteLine($"{plugin.Name}: not registered; used from a project's plugins/ folder");
        }

        foreach (var place in plugin.Grants)
            Console.Out.WriteLine($"  in {place.Pipeline}/{place.Step} it got {PluginGrantCommands.InWords(new Grant(place.Read, place.Write, place.Env, place.Net, place.Secrets))} (by {place.Source})");
        foreach (var decision in plugin.Decisions) Console.Out.WriteLine($"  {Words.Time(decision.At)}  {Printable.Escape(decision.Actor)} {decision.Decision}");
    }

    private static IReadOnlyList<string> Row(PluginListItem plugin) =>
    [
        plugin.Name, plugin.Registered ?? "-", Words.Count(plugin.Executions), Words.Count(plugin.Failures), Words.Duration(plugin.CpuMs), Words.Size(plugin.PeakMemoryBytes),
        plugin.LastUsedAt is { } at ? Words.Time(at) : "-",
    ];
}
