using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Mail;

/// <summary>A mail was not taken. What it says is in our own words: a server's answer may repeat what it was sent.</summary>
/// <param name="reason">Without any secret.</param>
/// <param name="kind">Which kind of failure it is.</param>
/// <param name="innerException">What happened.</param>
internal sealed class MailNotTakenException(string reason, FailureKind kind, Exception? innerException = null) : Exception(reason, innerException)
{
    public FailureKind Kind { get; } = kind;

    /// <summary>Whether it may pass by itself.</summary>
    public bool IsTransient => Kind is FailureKind.Unreachable or FailureKind.Busy;
}
