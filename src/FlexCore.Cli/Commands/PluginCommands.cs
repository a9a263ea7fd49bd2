using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore plugin</c>, and of it <c>list</c>, <c>show</c>, <c>disable</c>, <c>enable</c> and <c>remove</c>.</summary>
internal static class PluginCommands
{
    public static Command Create() => new("plugin", "Plugins that a data directory knows")
    {
        PluginAddCommands.Add(), PluginAddCommands.Upgrade(), PluginAddCommands.Check(), PluginDiscoverCommand.Create(), List(), Show(), PluginRunCommand.Create(), PluginGrantCommands.Grant(), PluginGrantCommands.Revoke(), Disable(), Enable(), Remove(), PluginAuditCommand.Create(),
    };

    private static Command List() => ApiCommand.Create("list", "Plugins that are registered or were used here. Example: flexcore plugin list", [], async (api, parsed, cancellationToken) =>
    {
        var plugins = await api.ListPluginsAsync(cancellationToken).ToListAsync(cancellationToken);
        return ApiCommand.Print(
            parsed, plugins, JsonOutput.Documents.IReadOnlyListPluginListItem, list => TextTable.Print(["PLUGIN", "REGISTERED", "STATUS", "EXECUTIONS", "FAILURES", "CPU", "PEAK MEMORY", "LAST USED"], list.Select(Row)));
    });

    private static Command Show()
    {
        var name = Named();
        return ApiCommand.Create("show", "One plugin and what it was granted. Example: flexcore plugin show tap-csv", [name], async (api, parsed, cancellationToken) =>
            ApiCommand.Print(parsed, await api.GetPluginAsync(parsed.GetRequiredValue(name), cancellationToken), JsonOutput.Documents.Plugin, Print));
    }

    private static Command Disable()
    {
        var name = Named();
        var reason = new Option<string?>("--reason") { Description = "For those who wonder later", HelpName = "TEXT" };
        return ApiCommand.Create("disable", "Let no run begin with a plugin, wherever it is found. Example: flexcore plugin disable tap-csv --reason 'loses rows'", [name, reason], async (api, parsed, cancellationToken) =>
            ApiCommand.Print(
                parsed, await api.DisablePluginAsync(parsed.GetRequiredValue(name), new DisablePlugin(parsed.GetValue(reason)), cancellationToken), JsonOutput.Documents.Plugin,
                plugin => Console.Out.WriteLine($"no run begins with {plugin.Name} from now on; what runs goes on")));
    }

    private static Command Enable()
    {
        var name = Named();
        return ApiCommand.Create("enable", "Let runs begin with a plugin again. Example: flexcore plugin enable tap-csv", [name], async (api, parsed, cancellationToken) =>
            ApiCommand.Print(
                parsed, await api.EnablePluginAsync(parsed.GetRequiredValue(name), cancellationToken), JsonOutput.Documents.Plugin, plugin => Console.Out.WriteLine($"runs begin with {plugin.Name} again")));
    }

    private static Command Remove()
    {
        var name = new Argument<string>("NAME") { Description = "The plugin; NAME@VERSION for a version of it that is not in use" };
        return ApiCommand.Create("remove", "End the registration of a plugin, with its standing grants; or remove an old version. Example: flexcore plugin remove tap-csv@1.0.0", [name], async (api, parsed, cancellationToken) =>
        {
            var removed = parsed.GetRequiredValue(name);
            await api.RemovePluginAsync(removed, cancellationToken);
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(new JsonObject { ["plugin"] = removed, ["removed"] = true });
            else Console.Out.WriteLine(removed.Contains('@', StringComparison.Ordinal) ? $"{removed} is removed" : $"{removed} is not registered any more");
            return 0;
        });
    }

    private static Argument<string> Named() => new("NAME") { Description = "The plugin" };

    private static void Print(Plugin plugin)
    {
        if (plugin.Disabled) Console.Out.WriteLine($"{plugin.Name} is disabled: no run begins with it");
        if (plugin.Registered is { } registered)
        {
            Console.Out.WriteLine($"{plugin.Name} {registered.Version}, a {registered.Kind}, in {registered.Folder}, sha256 {registered.Digest}");
            if (registered.Install is { } install)
            {
                Console.Out.WriteLine($"  installed {Figures.Time(install.At)} in {Figures.Duration(install.DurationMs)}, at level {install.Isolation}{(install.Net.Count == 0 ? ", without a network" : $", with net {string.Join(", ", install.Net)}")}; its files before: sha256 {install.Source}");
                foreach (var line in install.Run) Console.Out.WriteLine($"    $ {Printable.Escape(line)}");
            }

            Console.Out.WriteLine($"  asks for {PluginGrantCommands.InWords(plugin.Asks)}");
            Console.Out.WriteLine($"  granted wherever it is used: {PluginGrantCommands.InWords(plugin.Standing)}");
            PluginGrantCommands.PrintWaiting(plugin.Name, plugin.Waiting);
        }
        else
        {
            Console.Out.WriteLine($"{plugin.Name}: not registered; used from a project's plugins/ folder");
        }

        foreach (var kept in plugin.Versions.Where(kept => !kept.InUse)) Console.Out.WriteLine($"  version {Printable.Escape(kept.Version ?? "?")} is kept in {kept.Folder}");
        foreach (var place in plugin.Grants)
            Console.Out.WriteLine($"  in {place.Pipeline}/{place.Step} it got {PluginGrantCommands.InWords(new Grant(place.Read, place.Write, place.Env, place.Net, place.Secrets))} (by {place.Source})");
        foreach (var decision in plugin.Decisions) Console.Out.WriteLine($"  {Figures.Time(decision.At)}  {Printable.Escape(decision.Actor)} {decision.Decision}");
    }

    private static IReadOnlyList<string> Row(PluginListItem plugin) =>
    [
        plugin.Name, plugin.Registered ?? "-", plugin.Disabled ? "disabled" : "enabled", Figures.Count(plugin.Executions), Figures.Count(plugin.Failures), Figures.Duration(plugin.CpuMs), Figures.Size(plugin.PeakMemoryBytes),
        plugin.LastUsedAt is { } at ? Figures.Time(at) : "-",
    ];
}
