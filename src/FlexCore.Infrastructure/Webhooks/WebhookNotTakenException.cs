using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Webhooks;

/// <summary>A message was not taken. What it says is in our own words: a server's answer may repeat what it was sent.</summary>
/// <param name="reason">Without any secret, nor the address, which may be one.</param>
/// <param name="kind">Which kind of failure it is.</param>
/// <param name="innerException">What happened.</param>
internal sealed class WebhookNotTakenException(string reason, FailureKind kind, Exception? innerException = null) : Exception(reason, innerException)
{
    public FailureKind Kind { get; } = kind;

    /// <summary>Whether it may pass by itself.</summary>
    public bool IsTransient => Kind is FailureKind.Unreachable or FailureKind.Busy;
}
