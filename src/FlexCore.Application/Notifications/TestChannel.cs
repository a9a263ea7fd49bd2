using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Notifications;

/// <summary>Sends a message that only shows that a channel works, and answers with the channel.</summary>
/// <param name="Channel">Its name in the settings.</param>
public sealed record TestChannel(string Channel) : ICommand<string>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;
}

/// <summary>Sends such messages.</summary>
public sealed class TestChannelHandler(INotificationSender sender, IReadOnlyDictionary<string, Channel> channels) : IHandler<TestChannel, string>
{
    /// <inheritdoc/>
    public async Task<Result<string>> HandleAsync(TestChannel request, Caller caller, CancellationToken cancellationToken)
    {
        var name = request.Channel;
        if (channels.TryGetValue(name, out var channel)) return await sender.SendAsync(channel, notification: null, cancellationToken) is { } failure ? failure : name;
        return new Error(ErrorCodes.ChannelUnknown, $"there is no channel '{Domain.Printable.Escape(name)}'; there are: {string.Join(", ", channels.Keys.Order(StringComparer.Ordinal).DefaultIfEmpty("none"))}");
    }
}
