using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.RabbitMq;

/// <summary>How a RabbitMQ server or cluster is reached. The section <c>FlexCore:RabbitMq</c>.</summary>
public sealed class RabbitMqOptions : ClientOptions
{
    /// <summary>The nodes of the cluster, of which one is used at a time: <c>rabbit-1:5672</c>, with TLS <c>rabbit-1:5671</c>.</summary>
    public IReadOnlyList<string> Hosts { get; set; } = [];

    /// <summary>The part of the server that is used.</summary>
    public string VirtualHost { get; set; } = "/";

    /// <summary>The user.</summary>
    public string User { get; set; } = "";

    /// <summary>The user's password. Over the network only with <see cref="Tls"/>, for it is shown to the server as it is.</summary>
    public string Password { get; set; } = "";

    /// <summary>Whether connections are encrypted, and the server must show a certificate of its name.</summary>
    public bool Tls { get; set; }

    /// <summary>A file (PEM) with the authorities that are trusted to name servers; without it, those of the system.</summary>
    public string CaFile { get; set; } = "";

    /// <summary>What the server calls the connections of this program.</summary>
    public string ClientName { get; set; } = "flexcore";

    /// <summary>After how long without a sign of life the connection is taken for broken, by both sides.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(30);

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (Hosts.Count == 0) yield return (nameof(Hosts), "is missing; it lists nodes as rabbit-1:5672");
        if (Hosts.Any(host => !IsAddress(host))) yield return (nameof(Hosts), "has something that is no address as rabbit-1:5672");
        if (VirtualHost.Length == 0) yield return (nameof(VirtualHost), "must not be empty");
        if (User.Length == 0) yield return (nameof(User), "is missing");
        if (Password.Length == 0) yield return (nameof(Password), "is missing");
        if (CaFile.Length > 0 && !Tls) yield return (nameof(CaFile), "needs Tls to be true");
        else if (CaFile.Length > 0 && !File.Exists(CaFile)) yield return (nameof(CaFile), $"is not there: {CaFile}");
        if (ClientName.Length == 0) yield return (nameof(ClientName), "must not be empty");
        if (Heartbeat < TimeSpan.FromSeconds(1) || Heartbeat > TimeSpan.FromHours(1)) yield return (nameof(Heartbeat), "must be one second to one hour");
    }

    // Not what has a user in it, which would be in messages.
    private static bool IsAddress(string host) => host.LastIndexOf(':') is > 0 and var colon && ushort.TryParse(host.AsSpan(colon + 1), out _) && !host.AsSpan().ContainsAny("/@, ");
}
