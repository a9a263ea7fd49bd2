using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Plugins;
using FlexCore.Application.Ports;
using FlexCore.Cli.Output;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore plugin add|list|show</c>.</summary>
internal static class PluginCommands
{
    public static Command Create() => new("plugin", "Plugins that a data directory knows") { Add(), List(), Show() };

    private static Command Add()
    {
        var source = new Argument<string>("DIR") { Description = "The plugin's folder with its plugin.yaml, or a zip or tar.gz of it" };
        var command = new Command("add", "Register a plugin: its files are copied. Example: flexcore plugin add ./tap-orders") { source, CommandLine.Data, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed.GetValue(CommandLine.Data)), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var added = await session.AddPlugin.HandleAsync(parsed.GetRequiredValue(source), cancellationToken);
            if (!added.IsSuccess) return new ErrorPrinter(json).Print(added.Errors);
            var plugin = added.Value;
            if (json) JsonOutput.Print(new JsonObject { ["name"] = plugin.Name, ["version"] = plugin.Version, ["digest"] = plugin.Digest, ["folder"] = plugin.Folder });
            else Console.Out.WriteLine($"registered {plugin.Name} {plugin.Version} (sha256 {plugin.Digest[..12]}…) in {plugin.Folder}");
            return 0;
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Plugins that are registered or were used here. Example: flexcore plugin list") { CommandLine.Data, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed.GetValue(CommandLine.Data)).MustExist(), cancellationToken);
            var plugins = await session.ReadModels.ListPluginsAsync(cancellationToken);
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(JsonOutput.Array(plugins, Describe));
            else TextTable.Print(["PLUGIN", "REGISTERED", "EXECUTIONS", "FAILURES", "CPU", "PEAK MEMORY", "LAST USED"], plugins.Select(Row));
            return 0;
        });
        return command;
    }

    private static Command Show()
    {
        var name = new Argument<string>("NAME") { Description = "The plugin" };
        var command = new Command("show", "One plugin and what it was granted. Example: flexcore plugin show tap-csv") { name, CommandLine.Data, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed.GetValue(CommandLine.Data)).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var found = await session.ShowPlugin.HandleAsync(parsed.GetRequiredValue(name), cancellationToken);
            if (!found.IsSuccess) return new ErrorPrinter(json).Print(found.Errors);
            if (json)
            {
                JsonOutput.Print(Describe(found.Value));
                return 0;
            }

            var registered = found.Value.Registered;
            Console.Out.WriteLine(registered is null ? $"{found.Value.Name}: not registered; used from a project's plugins/ folder" : $"{registered.Name} {registered.Version}, a {registered.Kind}, in {registered.Folder}, sha256 {registered.Digest}");
            foreach (var grant in found.Value.Grants) Console.Out.WriteLine($"  in {grant.Pipeline}/{grant.Step} it got {grant.Grant} (by {grant.Source})");
            return 0;
        });
        return command;
    }

    private static IReadOnlyList<string> Row(PluginInventory plugin) =>
    [
        plugin.Name, plugin.Version ?? "-", Words.Count(plugin.Executions), Words.Count(plugin.Failures), Words.Duration(plugin.CpuMs), Words.Size(plugin.PeakMemoryBytes),
        plugin.LastUsedAt is { } at ? Words.Time(at) : "-",
    ];

    private static JsonObject Describe(PluginInventory plugin) => new()
    {
        ["name"] = plugin.Name,
        ["registered"] = plugin.Version,
        ["executions"] = plugin.Executions,
        ["failures"] = plugin.Failures,
        ["cpu_ms"] = plugin.CpuMs,
        ["peak_memory_bytes"] = plugin.PeakMemoryBytes,
        ["last_used_at"] = plugin.LastUsedAt?.ToString("O"),
    };

    private static JsonObject Describe(PluginSummary plugin) => new()
    {
        ["name"] = plugin.Name,
        ["registered"] = plugin.Registered is { } registered
            ? new JsonObject { ["version"] = registered.Version, ["kind"] = registered.Kind, ["digest"] = registered.Digest, ["folder"] = registered.Folder }
            : null,
        ["grants"] = JsonOutput.Array(plugin.Grants, grant => new JsonObject
        {
            ["pipeline"] = grant.Pipeline,
            ["step"] = grant.Step,
            ["read"] = JsonOutput.Array(grant.Grant.Read, path => path),
            ["write"] = JsonOutput.Array(grant.Grant.Write, path => path),
            ["env"] = JsonOutput.Array(grant.Grant.Env, variable => variable),
            ["net"] = JsonOutput.Array(grant.Grant.Net, destination => destination),
            ["secrets"] = JsonOutput.Array(grant.Grant.Secrets, name => name),
            ["source"] = grant.Source,
        }),
    };
}
