namespace FlexCore.Infrastructure.Http;

/// <summary>How a service knows who asks.</summary>
public enum HttpAuthKind
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>By a token (RFC 6750).</summary>
    Bearer,

    /// <summary>By name and password (RFC 7617).</summary>
    Basic,

    /// <summary>By a key in a header.</summary>
    ApiKey,

    /// <summary>By a token that is asked for with the program's own credentials (RFC 6749, section 4.4), and kept until shortly before it ends.</summary>
    ClientCredentials,
}

/// <summary>How a service knows who asks, with what it wants for that.</summary>
public sealed class HttpAuthOptions
{
    /// <summary>How.</summary>
    public HttpAuthKind Kind { get; set; }

    /// <summary>The token, of <c>Bearer</c>; the key, of <c>ApiKey</c>.</summary>
    public string Token { get; set; } = "";

    /// <summary>The header of an <c>ApiKey</c>.</summary>
    public string Header { get; set; } = "X-Api-Key";

    /// <summary>The name, of <c>Basic</c>; the client's id, of <c>ClientCredentials</c>.</summary>
    public string User { get; set; } = "";

    /// <summary>The password, of <c>Basic</c>; the client's secret, of <c>ClientCredentials</c>.</summary>
    public string Password { get; set; } = "";

    /// <summary>Where tokens are asked for, of <c>ClientCredentials</c>.</summary>
    public string TokenAddress { get; set; } = "";

    /// <summary>What they should permit, of <c>ClientCredentials</c>: words with spaces between them.</summary>
    public string Scope { get; set; } = "";

    internal IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Kind is HttpAuthKind.Bearer or HttpAuthKind.ApiKey && Token.Length == 0) yield return (nameof(Token), $"is missing, as Kind is {Kind}");
        if (Kind is HttpAuthKind.Basic or HttpAuthKind.ClientCredentials && User.Length == 0) yield return (nameof(User), $"is missing, as Kind is {Kind}");
        if (Kind is HttpAuthKind.Basic && User.Contains(':', StringComparison.Ordinal)) yield return (nameof(User), "must have no colon in it (RFC 7617)");
        if (Kind is HttpAuthKind.ApiKey && !IsToken(Header)) yield return (nameof(Header), "must be the name of a header");
        if (Kind is HttpAuthKind.ClientCredentials && (!Uri.TryCreate(TokenAddress, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))) yield return (nameof(TokenAddress), "must be an address as https://login.example.com/token");
        if (Token.Any(char.IsControl)) yield return (nameof(Token), "must have no line breaks or other control characters in it");
    }

    private static bool IsToken(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
