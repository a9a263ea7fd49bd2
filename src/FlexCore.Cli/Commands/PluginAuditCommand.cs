using System.CommandLine;
using System.Globalization;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore plugin audit</c>.</summary>
internal static class PluginAuditCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "The plugin (default: all)", Arity = ArgumentArity.ZeroOrOne };
        return ApiCommand.Create(
            "audit", "What plugins are exposed to, each with a score from 0.0 (safe) to 10.0 (unsafe). Example: flexcore plugin audit tap-csv", [name], async (api, parsed, cancellationToken) =>
            {
                var audited = await api.AuditPluginsAsync(parsed.GetValue(name), cancellationToken).ToListAsync(cancellationToken);
                return ApiCommand.Print(parsed, audited, JsonOutput.Documents.IReadOnlyListPluginAudit, plugins =>
                {
                    foreach (var plugin in plugins) Print(plugin);
                });
            });
    }

    private static void Print(PluginAudit plugin)
    {
        Console.Out.WriteLine($"{plugin.Name} {plugin.Version}, {(plugin.Registered ? "registered" : "in the project")}: {Points(plugin.Score)} {plugin.Word}");
        var width = plugin.Exposures.Select(exposure => Printable.Escape(exposure.What).Length).DefaultIfEmpty().Max();
        foreach (var exposure in plugin.Exposures) Console.Out.WriteLine($"  {Points(exposure.Points),4}  {Printable.Escape(exposure.What).PadRight(width)}  {exposure.Why}");
    }

    private static string Points(decimal points) => points.ToString("0.0", CultureInfo.InvariantCulture);
}
