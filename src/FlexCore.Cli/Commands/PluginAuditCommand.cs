using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FlexCore.Application.Plugins;
using FlexCore.Cli.Output;
using FlexCore.Domain;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore plugin audit</c>.</summary>
internal static class PluginAuditCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "The plugin (default: all)", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("audit", "What plugins are exposed to, each with a score from 0.0 (safe) to 10.0 (unsafe). Example: flexcore plugin audit tap-csv")
        {
            name, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var json = parsed.GetValue(CommandLine.Json);
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var audited = await session.AuditPlugins.HandleAsync(parsed.GetValue(name), session.HostPlaces, cancellationToken);
            if (!audited.IsSuccess) return new ErrorPrinter(json).Print(audited.Errors);
            if (json) JsonOutput.Print(JsonOutput.Array(audited.Value, Describe));
            else foreach (var plugin in audited.Value) Print(plugin);
            return 0;
        });
        return command;
    }

    private static void Print(AuditedPlugin plugin)
    {
        var (manifest, report) = (plugin.Manifest, plugin.Report);
        Console.Out.WriteLine($"{manifest.Name} {manifest.Version}, {(plugin.IsRegistered ? "registered" : "in the project")}: {Points(report.Score)} {report.Word}");
        var width = report.Exposures.Select(exposure => Printable.Escape(exposure.What).Length).DefaultIfEmpty().Max();
        foreach (var exposure in report.Exposures) Console.Out.WriteLine($"  {Points(exposure.Tenths / 10m),4}  {Printable.Escape(exposure.What).PadRight(width)}  {exposure.Why}");
    }

    private static JsonObject Describe(AuditedPlugin plugin) => new()
    {
        ["name"] = plugin.Manifest.Name,
        ["version"] = plugin.Manifest.Version,
        ["registered"] = plugin.IsRegistered,
        ["digest"] = plugin.Manifest.Digest,
        ["score"] = plugin.Report.Score,
        ["word"] = plugin.Report.Word,
        ["exposures"] = JsonOutput.Array(plugin.Report.Exposures, exposure => new JsonObject { ["points"] = exposure.Tenths / 10m, ["what"] = exposure.What, ["why"] = exposure.Why }),
    };

    private static string Points(decimal points) => points.ToString("0.0", CultureInfo.InvariantCulture);
}
