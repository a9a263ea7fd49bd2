using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Bus;
using FlexCore.Application.Plugins;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore plugin add|upgrade|check</c>.</summary>
internal static class PluginAddCommands
{
    private static readonly Argument<string> Source = new("DIR") { Description = "The plugin's folder with its plugin.yaml, or a zip or tar.gz of it" };

    // The server ends an install for its own limits; this is for a server that is gone.
    private static readonly TimeSpan InstallPatience = TimeSpan.FromHours(1);

    private static readonly Option<string[]> Net = new("--net") { Description = "A destination to which its `install` may connect, and only that", HelpName = "HOST:PORT" };

    public static Command Add() => Create(
        "add", "Register a plugin: its files are copied, and its `install` is run. Example: flexcore plugin add ./tap-orders", name: null, (_, source, net) => new RegisterPlugin(source) { Net = net },
        (api, _, archive, net, cancellationToken) => api.AddPluginAsync(archive, net, cancellationToken));

    public static Command Upgrade() => Create(
        "upgrade", "Register another version of a plugin that is registered. Example: flexcore plugin upgrade tap-orders ./tap-orders", new Argument<string>("NAME") { Description = "The plugin" },
        (name, source, net) => new UpgradePlugin(name!, source) { Net = net }, (api, name, archive, net, cancellationToken) => api.UpgradePluginAsync(name!, archive, net, cancellationToken));

    public static Command Check()
    {
        var folder = new Argument<string>("DIR") { Description = "The plugin's folder with its plugin.yaml" };
        var command = new Command("check", "Check a plugin without registering it: every error at once. Example: flexcore plugin check ./tap-orders") { folder, CommandLine.Json };
        command.SetAction(parsed =>
        {
            var json = parsed.GetValue(CommandLine.Json);
            var read = PluginsModule.ReadPlugin(parsed.GetRequiredValue(folder));
            if (!read.IsSuccess) return new ErrorPrinter(json).Print(read.Errors);
            var plugin = read.Value;
            if (json) JsonOutput.Print(Describe(plugin));
            else Console.Out.WriteLine($"{plugin.Name} {plugin.Version}, a {plugin.Kind.ToString().ToLowerInvariant()}: nothing is wrong with it\n  asks for {(plugin.Capabilities.IsEmpty ? "nothing" : plugin.Capabilities)}");
            return 0;
        });
        return command;
    }

    private static Command Create(
        string verb, string description, Argument<string>? name, Func<string?, string, string[], ICommand<Application.Plugins.AddedPlugin>> here,
        Func<FlexCoreClient, string?, Stream, string[], CancellationToken, Task<Client.AddedPlugin>> there)
    {
        var command = new Command(verb, description);
        if (name is not null) command.Arguments.Add(name);
        command.Arguments.Add(Source);
        foreach (var option in (Option[])[Net, CommandLine.Data, CommandLine.Environment, CommandLine.Json, ServerLocation.Server, ServerLocation.Profile, ServerLocation.Insecure]) command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (named, source, net) = (name is null ? null : parsed.GetRequiredValue(name), parsed.GetRequiredValue(Source), parsed.GetValue(Net) ?? []);
            var added = ServerLocation.Read(parsed) is { } server
                ? await SendAsync(server, source, (api, archive) => there(api, named, archive, net, cancellationToken), cancellationToken)
                : await CopyAsync(parsed, here(named, source, net), cancellationToken);
            return ApiCommand.Print(parsed, added, JsonOutput.Documents.AddedPlugin, plugin =>
            {
                Console.Out.WriteLine($"registered {plugin.Name} {plugin.Version} (sha256 {plugin.Digest[..12]}…) in {plugin.Folder}");
                PluginGrantCommands.PrintWaiting(plugin.Name, plugin.Waiting);
            });
        });
        return command;
    }

    private static async Task<Client.AddedPlugin> SendAsync(ServerLocation server, string source, Func<FlexCoreClient, Stream, Task<Client.AddedPlugin>> send, CancellationToken cancellationToken)
    {
        await using var archive = await PackedPlugin.OpenAsync(source, cancellationToken);
        using var connection = new ServerConnection(server, InstallPatience);
        return await send(connection.Client, archive);
    }

    private static async Task<Client.AddedPlugin> CopyAsync(ParseResult parsed, ICommand<Application.Plugins.AddedPlugin> request, CancellationToken cancellationToken)
    {
        await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed), cancellationToken);
        var added = await session.AskAsync(request, cancellationToken);
        return added.IsSuccess ? OperationDocuments.Describe(added.Value) : throw new FlexCoreException(added.Errors);
    }

    private static JsonObject Describe(PluginManifest plugin) => new()
    {
        ["name"] = plugin.Name, ["version"] = plugin.Version, ["kind"] = plugin.Kind.ToString().ToLowerInvariant(), ["digest"] = plugin.Digest,
        ["asks"] = new JsonObject
        {
            ["read"] = Words(plugin.Capabilities.Read), ["write"] = Words(plugin.Capabilities.Write), ["env"] = Words(plugin.Capabilities.Env), ["net"] = Words(plugin.Capabilities.Net),
            ["secrets"] = Words(plugin.Capabilities.Secrets),
        },
    };

    private static JsonArray Words(IReadOnlyList<string> words) => JsonOutput.Array(words, word => JsonValue.Create(word));
}
