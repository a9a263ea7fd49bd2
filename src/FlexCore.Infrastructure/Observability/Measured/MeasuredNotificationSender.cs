using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Notifications;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>Notifications, with how long each operation takes.</summary>
internal sealed class MeasuredNotificationSender(INotificationSender inner) : INotificationSender
{
    private static readonly MeasuredPort Port = new("notifications");

    public Task<Error?> SendAsync(Channel channel, Notification? notification, CancellationToken cancellationToken) => Port.MeasureAsync("send", () => inner.SendAsync(channel, notification, cancellationToken));
}
