using FlexCore.Application.Access;
using FlexCore.Application.Bus;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server;

/// <summary>What a server makes reachable.</summary>
/// <param name="Bus">Takes every request.</param>
/// <param name="Tokens">Says who asks.</param>
/// <param name="Log">Tells when something has happened.</param>
/// <param name="Logs">Where requests and defects are told of, without what the requests said.</param>
public sealed record ServedApplication(MessageBus Bus, TokenAuthenticator Tokens, IEventLog Log, ILoggerFactory Logs)
{
    /// <summary>What the node is called, among others of its project.</summary>
    public required string NodeName { get; init; }

    /// <summary>The version of FlexCore.</summary>
    public required string Version { get; init; }

    /// <summary>The folder, absolute, that relative paths are relative to.</summary>
    public required string ProjectRoot { get; init; }

    /// <summary>Where the secrets of the server itself are.</summary>
    public required ISecrets Secrets { get; init; }

    /// <summary>Looks at what the node needs.</summary>
    public required Func<CancellationToken, Task<IReadOnlyList<ProbeFinding>>> LookAsync { get; init; }

    /// <summary>How many runs wait for a node.</summary>
    public required Func<CancellationToken, Task<long>> CountWaiting { get; init; }

    /// <summary>Requests that take longer are warned of.</summary>
    public required TimeSpan Slow { get; init; }

    /// <summary>Whether there are pages for people.</summary>
    public required Func<bool> HasConsole { get; init; }

    /// <summary>Whether everybody may read its metrics, wherever they can reach it from.</summary>
    public bool HasPublicMetrics { get; init; }
}
