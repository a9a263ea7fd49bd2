using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Bus;
using FlexCore.Application.Plugins;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore plugin grant|revoke</c>.</summary>
internal static class PluginGrantCommands
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The plugin; it must be registered" };
    private static readonly Option<bool> All = new("--all") { Description = "Everything that it asks for, as its plugin.yaml writes it; when revoking, everything that was granted" };
    private static readonly Option<string[]> Read = new("--read") { Description = "A file or folder to read", HelpName = "PATH" };
    private static readonly Option<string[]> Write = new("--write") { Description = "A folder to read and write", HelpName = "PATH" };
    private static readonly Option<string[]> Net = new("--net") { Description = "A destination to connect to", HelpName = "HOST:PORT" };
    private static readonly Option<string[]> Env = new("--env") { Description = "An environment variable", HelpName = "NAME" };
    private static readonly Option<string[]> Secret = new("--secret") { Description = "A secret, as a file", HelpName = "NAME" };

    public static Command Grant() => Create(
        "grant",
        "Grant a registered plugin what it asks for, wherever it is used. Example: flexcore plugin grant tap-csv --read /srv/data --env TZ",
        (plugin, wanted) => new GrantCapabilities(plugin, wanted),
        "granted");

    public static Command Revoke() => Create(
        "revoke",
        "Take back what was granted with `plugin grant`. Example: flexcore plugin revoke tap-csv --env TZ",
        (plugin, unwanted) => new RevokeCapabilities(plugin, unwanted),
        "revoked");

    /// <summary>Capabilities, for programs.</summary>
    public static JsonObject Describe(Grant grant) => new()
    {
        ["read"] = JsonOutput.Array(grant.Read, path => path),
        ["write"] = JsonOutput.Array(grant.Write, path => path),
        ["env"] = JsonOutput.Array(grant.Env, variable => variable),
        ["net"] = JsonOutput.Array(grant.Net, destination => destination),
        ["secrets"] = JsonOutput.Array(grant.Secrets, name => name),
    };

    /// <summary>Tells people what waits, and what to do.</summary>
    public static string DescribeWaiting(string plugin, Grant waiting) =>
        $"  waits for {waiting}\n  → If you trust it, grant it in the pipeline file, or wherever it is used:\n    {PluginsModule.GrantCommand(plugin, waiting)}";

    private static Command Create(string name, string description, Func<string, Grant?, ICommand<GrantChange>> change, string done)
    {
        var command = new Command(name, description) { Name, All, Read, Write, Net, Env, Secret, CommandLine.Data, CommandLine.EnvironmentInFull, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var errors = new ErrorPrinter(parsed.GetValue(CommandLine.Json));
            var plugin = parsed.GetRequiredValue(Name);
            var project = ProjectLocation.OfCurrentFolder(parsed).MustExist();
            var capabilities = ReadCapabilities(parsed, project.AllData);
            if (!capabilities.IsSuccess) return errors.Print(capabilities.Errors);

            await using var session = await Session.OpenAsync(project, cancellationToken);
            var changed = await session.AskAsync(change(plugin, parsed.GetValue(All) ? null : capabilities.Value), cancellationToken);
            if (!changed.IsSuccess) return errors.Print(changed.Errors);
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(new JsonObject { ["name"] = plugin, [done] = Describe(changed.Value.Changed), ["standing"] = Describe(changed.Value.Plugin.Standing) });
            else Console.Out.WriteLine($"{plugin}: {done} {changed.Value.Changed}; it has now, wherever it is used: {changed.Value.Plugin.Standing}");
            return 0;
        });
        return command;
    }

    private static Result<Grant> ReadCapabilities(ParseResult parsed, string dataDirectory)
    {
        var written = new Grant(Values(Read), Values(Write), Values(Env), Values(Net), Values(Secret));
        if (parsed.GetValue(All) == !written.IsEmpty)
            return new Error(ErrorCodes.UsageInvalid, "say either --all, or which capabilities: --read PATH --write PATH --net HOST:PORT --env NAME --secret NAME, each as often as needed");
        return PluginsModule.ReadGrant(written, Environment.CurrentDirectory, dataDirectory);

        List<string> Values(Option<string[]> option) => [.. (parsed.GetValue(option) ?? []).Distinct(StringComparer.Ordinal)];
    }
}
