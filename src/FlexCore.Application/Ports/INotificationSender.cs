using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Notifications;

namespace FlexCore.Application.Ports;

/// <summary>Sends messages to where people read them.</summary>
public interface INotificationSender
{
    /// <summary>Sends a message; what may pass by itself is tried again a few times.</summary>
    /// <param name="channel">Where to.</param>
    /// <param name="notification">The message; null for one that only shows that the channel works.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>Why it did not get through; null when it did. No secret is in it.</returns>
    Task<Error?> SendAsync(Channel channel, Notification? notification, CancellationToken cancellationToken);
}
