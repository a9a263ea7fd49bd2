using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Notifications;

/// <summary>Sends a message that only shows that a channel works.</summary>
public sealed class TestChannel(INotificationSender sender, IReadOnlyDictionary<string, Channel> channels)
{
    /// <summary>Sends it.</summary>
    /// <returns>Why it did not get through; null when it did.</returns>
    public async Task<Error?> HandleAsync(string name, CancellationToken cancellationToken) =>
        channels.TryGetValue(name, out var channel)
            ? await sender.SendAsync(channel, notification: null, cancellationToken)
            : new Error(ErrorCodes.ChannelUnknown, $"there is no channel '{name}'; there are: {string.Join(", ", channels.Keys.Order(StringComparer.Ordinal).DefaultIfEmpty("none"))}");
}
