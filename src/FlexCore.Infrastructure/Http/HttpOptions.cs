using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Http;

/// <summary>How a service is reached over HTTP. Services with names are in <c>FlexCore:Http:NAME</c>, and <see cref="HttpGateway"/> knows them all.</summary>
public sealed class HttpOptions : ClientOptions
{
    /// <summary>Where the service is; of several addresses that are as good as each other, the next one for each attempt: <c>https://orders.example.com/v1/</c>. A name of DNS may stand for several machines.</summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];

    /// <summary>
    /// Whether the service is the nodes of a FlexCore cluster: <see cref="Addresses"/> are then some of them, and which there are now is asked of any that answers (<c>GET api/v1/nodes</c>, for which a token
    /// of some pipelines does not suffice).
    /// </summary>
    public bool FromNodes { get; set; }

    /// <summary>How the service knows who asks.</summary>
    public HttpAuthOptions Auth { get; set; } = new();

    /// <summary>The path that is asked for the health of the service, relative to its address.</summary>
    public string HealthPath { get; set; } = "";

    /// <summary>How many requests may be under way at once; others wait for them. 0 for as many as there are.</summary>
    public int MaxConcurrent { get; set; }

    /// <summary>How many requests may begin in a second; others wait. 0 for as many as there are.</summary>
    public int MaxPerSecond { get; set; }

    /// <summary>The longest answer that is read, in bytes, after it was unpacked.</summary>
    public long MaxAnswerBytes { get; set; } = 64 * 1024 * 1024;

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (Addresses.Count == 0) yield return (nameof(Addresses), "is missing; it lists addresses as https://orders.example.com/v1/");
        foreach (var address in Addresses)
        {
            if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) yield return (nameof(Addresses), "has something that is no address as https://orders.example.com/v1/");
            else if (uri.UserInfo.Length > 0) yield return (nameof(Addresses), "must have no password in it; Auth has a place for it");
            else if (uri.Query.Length > 0 || uri.Fragment.Length > 0) yield return (nameof(Addresses), "must end with a path");
        }

        if (MaxConcurrent < 0) yield return (nameof(MaxConcurrent), "must not be negative");
        if (MaxPerSecond < 0) yield return (nameof(MaxPerSecond), "must not be negative");
        if (MaxAnswerBytes is < 1 or > int.MaxValue) yield return (nameof(MaxAnswerBytes), $"must be 1 to {int.MaxValue}");
        foreach (var (key, problem) in Auth.Problems()) yield return ($"Auth:{key}", problem);
    }
}
