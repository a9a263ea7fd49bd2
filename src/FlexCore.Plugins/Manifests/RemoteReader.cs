using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Secrets;
using FlexCore.Plugins.Yaml;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Manifests;

/// <summary>Reads <c>remote</c> of a <c>plugin.yaml</c>: the plugin of another service that it stands for.</summary>
internal static class RemoteReader
{
    private const string SecretStart = "${secret.";

    // What is kept, or confined, where the plugin runs.
    private static readonly string[] NotHere = ["command", "capabilities", "singer", "shadow"];
    private static readonly string[] LimitsHere = ["time", "stdout"];

    /// <summary>Reads it; null, and errors, where it is wrong.</summary>
    /// <param name="remote">The mapping.</param>
    /// <param name="manifest">What it stands in.</param>
    /// <param name="kind">Of the plugin.</param>
    /// <param name="errors">Takes what is wrong.</param>
    public static RemotePlugin? Read(MapReader remote, MapReader manifest, PluginKind? kind, List<Error> errors)
    {
        var before = errors.Count;
        if (kind is not (null or PluginKind.Task)) errors.Add(new Error(ErrorCodes.PluginWrongKind, $"a {kind.ToString()!.ToLowerInvariant()} cannot be 'remote': only a task runs at another service", remote.At, "Run the whole sync there, and start it from here with a task."));
        errors.AddRange(NotHere.Where(key => manifest.Find(key) is not null).Select(key => new Error(ErrorCodes.InvalidValue, $"'{key}' is that of the plugin where it runs: here is 'remote' instead", manifest.Find(key)!.At)));
        if (manifest.Find("limits") is YamlMap limits)
            errors.AddRange(limits.Entries.Where(entry => !LimitsHere.Contains(entry.Key)).Select(entry => new Error(ErrorCodes.InvalidValue, $"'{Printable.Escape(entry.Key)}' is limited where the plugin runs; of one that is 'remote' there are here: {string.Join(", ", LimitsHere)}", entry.KeyAt)));
        var address = remote.RequireText("url") is { } url ? ReadAddress(url, remote, errors) : null;
        var plugin = remote.RequireName("plugin");
        var token = remote.RequireText("token") is { } text ? ReadToken(text, remote, errors) : null;
        remote.Finish();
        return errors.Count == before ? new RemotePlugin(address!, plugin!, token!) : null;
    }

    /// <summary>What has to be granted: the way there, and the secret that is shown there.</summary>
    public static Grant Capabilities(RemotePlugin remote) => new([], [], [], [remote.Destination], [remote.Token]);

    private static Uri? ReadAddress(string url, MapReader remote, List<Error> errors)
    {
        var problem = !Uri.TryCreate(url.EndsWith('/') ? url : url + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") ? "must be the address of a server, such as https://flexcore.example.com"
            : address.UserInfo.Length + address.Query.Length + address.Fragment.Length > 0 ? "must have neither a password nor a query in it"
            : address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback ? "must begin with https: over http others could read the token along"
            : SandboxEndpoint.Parse($"{address.IdnHost}:{address.Port}", out var refused) is null ? $"names a destination that cannot be granted: it {refused}"
            : null;
        if (problem is null) return address;
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'url' {problem}", remote.Find("url")!.At));
        return null;
    }

    private static string? ReadToken(string text, MapReader remote, List<Error> errors)
    {
        if (text.StartsWith(SecretStart, StringComparison.Ordinal) && text.EndsWith('}') && SecretRules.IsName(text[SecretStart.Length..^1])) return text[SecretStart.Length..^1];
        errors.Add(new Error(ErrorCodes.SecretMisplaced, "'token' must be a secret, such as ${secret.scoring}: an access token is never written out", remote.Find("token")!.At, "Set it with `flexcore secrets set NAME`."));
        return null;
    }
}
