using FlexCore.Domain.Errors;

namespace FlexCore.Application.Ports;

/// <summary>Services over HTTP that pipelines ask.</summary>
public interface IHttpServices
{
    /// <summary>Makes what asks one service, for one attempt of a step.</summary>
    /// <param name="access">Where it is, and how it is asked.</param>
    IHttpService Open(HttpAccess access);
}

/// <summary>One service over HTTP.</summary>
public interface IHttpService : IAsyncDisposable
{
    /// <summary>
    /// Asks it. What says that the service is not well (408, 425, 429, 500 to 599) is tried again, after the pause that <c>Retry-After</c> asks for, where the request may be repeated: a method that is
    /// idempotent (RFC 9110, section 9.2.2), or a request with a key of idempotency. Redirections are answers.
    /// </summary>
    /// <exception cref="FlexCoreException">It cannot be reached, is not well, or answers with more than is read.</exception>
    Task<HttpReply> SendAsync(HttpAsk ask, CancellationToken cancellationToken);
}

/// <summary>Where a service is, and how it is asked.</summary>
/// <param name="Origin">Scheme, host and port.</param>
public sealed record HttpAccess(Uri Origin)
{
    /// <summary>How it knows who asks; null where it does not.</summary>
    public HttpCredentials? Credentials { get; init; }

    /// <summary>How often a request is tried in all.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>The first pause between attempts; each is twice as long as the one before.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause, but for what the service asks for.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many requests may begin in a second; null for any number.</summary>
    public int? PerSecond { get; init; }

    /// <summary>How long a request may take with all its attempts.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest answer that is read, in bytes, after it was unpacked.</summary>
    public long MostBytes { get; init; } = 64 << 20;
}

/// <summary>How a service knows who asks: by one of these.</summary>
/// <param name="Bearer">A token (RFC 6750).</param>
/// <param name="User">A name, with a password (RFC 7617); with <paramref name="TokenUrl"/> a client's id.</param>
/// <param name="Password">The password, or the client's secret.</param>
/// <param name="TokenUrl">Where a token is asked for with them (RFC 6749, section 4.4).</param>
/// <param name="Scope">What such a token should permit.</param>
public sealed record HttpCredentials(string? Bearer, string? User, string? Password, string? TokenUrl, string? Scope);

/// <summary>A request.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Target">Path and query, from <c>/</c> on.</param>
public sealed record HttpAsk(string Method, string Target)
{
    /// <summary>Headers.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>What is sent.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Its type; null where nothing is sent.</summary>
    public string? ContentType { get; init; }

    /// <summary>By which the service knows the same request again.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>An answer.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">What it says, unpacked.</param>
/// <param name="Location">Where a redirection leads.</param>
/// <param name="Links">The header <c>Link</c> (RFC 8288), as often as it is there.</param>
public sealed record HttpReply(int Status, ReadOnlyMemory<byte> Body, Uri? Location, IReadOnlyList<string> Links);
