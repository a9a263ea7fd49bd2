using System.CommandLine;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Api;

/// <summary>Where a server is, and how it is asked.</summary>
/// <param name="Address">Its address; what follows the host is where a proxy has put it.</param>
/// <param name="Token">The access token.</param>
internal sealed record ServerLocation(Uri Address, string Token)
{
    private const string ServerVariable = "FLEXCORE_SERVER";
    private const string TokenVariable = "FLEXCORE_TOKEN";

    /// <summary>Another server.</summary>
    public static Option<string?> Server { get; } = new("--server") { Description = $"Ask a running server instead of this machine; also ${ServerVariable}", HelpName = "URL" };

    /// <summary>A server that is known.</summary>
    public static Option<string?> Profile { get; } = new("--profile") { Description = "Ask the server of a profile that `flexcore login` has made", HelpName = "NAME" };

    /// <summary>Without TLS.</summary>
    public static Option<bool> Insecure { get; } = new("--insecure") { Description = "Send the token in the clear over http to another machine" };

    /// <summary>The server that a command is to ask; null for this machine.</summary>
    /// <exception cref="FlexCoreException">It is not clear which, or its token is not known.</exception>
    public static ServerLocation? Read(ParseResult parsed)
    {
        var (server, profile) = (parsed.GetValue(Server), parsed.GetValue(Profile));
        var isLocal = IsNamed(parsed, CommandLine.Data) || IsNamed(parsed, CommandLine.Environment) || IsNamed(parsed, CommandLine.EnvironmentInFull);
        if (server is not null && profile is not null) throw Wrong("say either --server URL, or --profile NAME");
        if ((server ?? profile) is not null && isLocal) throw Wrong("--data and --env are of this machine: a server has its own data directory and environment");
        if (profile is not null)
        {
            var known = Profiles.Read().Find(profile) ?? throw new FlexCoreException(new Error(ErrorCodes.NotFound, $"there is no profile {profile}", SpecificRemedy: "Make it with `flexcore login URL --profile NAME`."));
            return new ServerLocation(ReadAddress(known.Server, parsed.GetValue(Insecure) || known.IsInsecure), known.Token);
        }

        server ??= isLocal ? null : Variable(ServerVariable);
        return server is null ? null : WithToken(ReadAddress(server, parsed.GetValue(Insecure)));
    }

    /// <summary>Whether a command is to ask a server.</summary>
    public static bool IsWanted(ParseResult parsed) => Read(parsed) is not null;

    /// <summary>Reads the address of a server.</summary>
    /// <exception cref="FlexCoreException">It is none, or a token would be read along on the way to it.</exception>
    public static Uri ReadAddress(string text, bool isInsecure)
    {
        if (!Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length + address.Query.Length + address.Fragment.Length > 0)
            throw Wrong($"'{text}' is not the address of a server, such as https://flexcore.example.com");
        return address.Scheme == Uri.UriSchemeHttps || address.IsLoopback || isInsecure
            ? address
            : throw Wrong($"{text}: over http others could read the token along; use https, or add --insecure");
    }

    private static ServerLocation WithToken(Uri address)
    {
        var token = Variable(TokenVariable) ?? Profiles.Read().FindByServer(address)?.Token;
        return token is not null
            ? new ServerLocation(address, token)
            : throw new FlexCoreException(new Error(ErrorCodes.TokenRefused, $"no access token for {address} is known here", SpecificRemedy: $"Log in with `flexcore login {address}`, or set {TokenVariable}."));
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static bool IsNamed(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private static FlexCoreException Wrong(string message) => new(new Error(ErrorCodes.UsageInvalid, message));
}
