namespace FlexCore.Infrastructure.Notifications;

/// <summary>A message was not taken. What it says is in our own words: a server's answer may repeat what it was sent.</summary>
/// <param name="reason">Without any secret, nor the address, which may be one.</param>
/// <param name="isTransient">Whether it may pass by itself.</param>
/// <param name="innerException">What happened.</param>
internal sealed class UndeliverableException(string reason, bool isTransient, Exception? innerException = null) : Exception(reason, innerException)
{
    public bool IsTransient { get; } = isTransient;
}
