using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain.Errors;
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
        (api, plugin, wanted, token) => api.GrantPluginAsync(plugin, wanted, token),
        "granted");

    public static Command Revoke() => Create(
        "revoke",
        "Take back what was granted with `plugin grant`. Example: flexcore plugin revoke tap-csv --env TZ",
        (api, plugin, unwanted, token) => api.RevokePluginAsync(plugin, unwanted, token),
        "revoked");

    /// <summary>Capabilities in words.</summary>
    public static string InWords(Grant grant) => Known(grant).ToString();

    /// <summary>Tells people what waits, and what to do; nothing where nothing waits.</summary>
    public static void PrintWaiting(string plugin, Grant waiting)
    {
        if (Known(waiting) is { IsEmpty: false } some)
            Console.Out.WriteLine($"  waits for {some}\n  → If you trust it, grant it in the pipeline file, or wherever it is used:\n    {PluginsModule.GrantCommand(plugin, some)}");
    }

    private static Command Create(string name, string description, Func<IFlexCoreApi, string, Grant?, CancellationToken, Task<GrantChange>> change, string done) =>
        ApiCommand.Create(name, description, [Name, All, Read, Write, Net, Env, Secret], async (api, parsed, cancellationToken) => ApiCommand.Print(
            parsed, await change(api, parsed.GetRequiredValue(Name), ReadCapabilities(parsed), cancellationToken), JsonOutput.Documents.GrantChange,
            changed => Console.Out.WriteLine($"{changed.Name}: {done} {InWords(changed.Changed)}; it has now, wherever it is used: {InWords(changed.Standing)}")));

    private static Grant? ReadCapabilities(ParseResult parsed)
    {
        var written = new Grant(Values(Read), Values(Write), Values(Env), Values(Net), Values(Secret));
        if (parsed.GetValue(All) == !Known(written).IsEmpty)
            throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "say either --all, or which capabilities: --read PATH --write PATH --net HOST:PORT --env NAME --secret NAME, each as often as needed"));
        return parsed.GetValue(All) ? null : written;

        List<string> Values(Option<string[]> option) => [.. (parsed.GetValue(option) ?? []).Distinct(StringComparer.Ordinal)];
    }

    private static Domain.Plugins.Grant Known(Grant grant) => new(grant.Read, grant.Write, grant.Env, grant.Net, grant.Secrets);
}
