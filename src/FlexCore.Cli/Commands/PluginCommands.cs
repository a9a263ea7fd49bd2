using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Plugins;
using FlexCore.Application.Ports;
using FlexCore.Cli.Output;
using FlexCore.Domain;
using FlexCore.Domain.Plugins;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore plugin</c>, and of it <c>add</c>, <c>list</c> and <c>show</c>.</summary>
internal static class PluginCommands
{
    public static Command Create() => new("plugin", "Plugins that a data directory knows") { Add(), List(), Show(), PluginRunCommand.Create(), PluginGrantCommands.Grant(), PluginGrantCommands.Revoke(), PluginAuditCommand.Create() };

    private static Command Add()
    {
        var source = new Argument<string>("DIR") { Description = "The plugin's folder with its plugin.yaml, or a zip or tar.gz of it" };
        var command = new Command("add", "Register a plugin: its files are copied. Example: flexcore plugin add ./tap-orders") { source, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var added = await session.AskAsync(new RegisterPlugin(parsed.GetRequiredValue(source)), cancellationToken);
            if (!added.IsSuccess) return new ErrorPrinter(json).Print(added.Errors);
            var (plugin, waiting) = added.Value;
            if (json)
            {
                JsonOutput.Print(new JsonObject
                {
                    ["name"] = plugin.Name, ["version"] = plugin.Version, ["digest"] = plugin.Digest, ["folder"] = plugin.Folder, ["waiting"] = PluginGrantCommands.Describe(waiting),
                });
                return 0;
            }

            Console.Out.WriteLine($"registered {plugin.Name} {plugin.Version} (sha256 {plugin.Digest[..12]}…) in {plugin.Folder}");
            if (!waiting.IsEmpty) Console.Out.WriteLine(PluginGrantCommands.DescribeWaiting(plugin.Name, waiting));
            return 0;
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Plugins that are registered or were used here. Example: flexcore plugin list") { CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var plugins = (await session.AskAsync(new ListActivePlugins(), cancellationToken)).Value;
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(JsonOutput.Array(plugins, Describe));
            else TextTable.Print(["PLUGIN", "REGISTERED", "EXECUTIONS", "FAILURES", "CPU", "PEAK MEMORY", "LAST USED"], plugins.Select(Row));
            return 0;
        });
        return command;
    }

    private static Command Show()
    {
        var name = new Argument<string>("NAME") { Description = "The plugin" };
        var command = new Command("show", "One plugin and what it was granted. Example: flexcore plugin show tap-csv") { name, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var found = await session.AskAsync(new ShowPlugin(parsed.GetRequiredValue(name)), cancellationToken);
            if (!found.IsSuccess) return new ErrorPrinter(json).Print(found.Errors);
            if (json)
            {
                JsonOutput.Print(Describe(found.Value));
                return 0;
            }

            Print(found.Value);
            return 0;
        });
        return command;
    }

    private static void Print(PluginSummary summary)
    {
        var plugin = summary.Plugin;
        if (plugin.Registered is { } registered)
        {
            Console.Out.WriteLine($"{registered.Name} {registered.Version}, a {registered.Kind}, in {registered.Folder}, sha256 {registered.Digest}");
            Console.Out.WriteLine($"  asks for {plugin.Asked}");
            Console.Out.WriteLine($"  granted wherever it is used: {plugin.Standing}");
            if (!plugin.Waiting.IsEmpty) Console.Out.WriteLine(PluginGrantCommands.DescribeWaiting(summary.Name, plugin.Waiting));
        }
        else
        {
            Console.Out.WriteLine($"{summary.Name}: not registered; used from a project's plugins/ folder");
        }

        foreach (var place in plugin.Places) Console.Out.WriteLine($"  in {place.Pipeline}/{place.Step} it got {place.Grant} (by {place.Source})");
        foreach (var decision in summary.Decisions) Console.Out.WriteLine($"  {Words.Time(decision.At)}  {Printable.Escape(decision.Actor)} {InWords(decision.Event)}");
    }

    private static string InWords(IDomainEvent decision) => decision switch
    {
        PluginRegistered registered => $"registered version {registered.Version}",
        PluginCapabilityGranted granted => $"granted {granted.Grant}",
        PluginCapabilityRevoked revoked => $"revoked {revoked.Grant}",
        _ => throw new ArgumentOutOfRangeException(nameof(decision), decision, "nobody decided that"),
    };

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
        ["registered"] = plugin.Plugin.Registered is { } registered
            ? new JsonObject { ["version"] = registered.Version, ["kind"] = registered.Kind, ["digest"] = registered.Digest, ["folder"] = registered.Folder }
            : null,
        ["asks"] = PluginGrantCommands.Describe(plugin.Plugin.Asked),
        ["standing"] = PluginGrantCommands.Describe(plugin.Plugin.Standing),
        ["waiting"] = PluginGrantCommands.Describe(plugin.Plugin.Waiting),
        ["grants"] = JsonOutput.Array(plugin.Plugin.Places, place =>
        {
            var grant = PluginGrantCommands.Describe(place.Grant);
            grant.Insert(0, "pipeline", place.Pipeline);
            grant.Insert(1, "step", place.Step);
            grant["source"] = place.Source;
            return grant;
        }),
        ["decisions"] = JsonOutput.Array(plugin.Decisions, decision => new JsonObject { ["at"] = decision.At.ToString("O"), ["actor"] = decision.Actor, ["decision"] = InWords(decision.Event) }),
    };
}
