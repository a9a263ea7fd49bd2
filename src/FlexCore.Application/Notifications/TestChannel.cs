using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Notifications;

/// <summary>Sends a message that only shows that a channel works, and answers with the channel.</summary>
/// <param name="Channel">Its name.</param>
public sealed record TestChannel(string Channel) : ICommand<string>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;
}

/// <summary>Sends such messages.</summary>
public sealed class TestChannelHandler(INotificationSender sender, KnownChannels channels) : IHandler<TestChannel, string>
{
    /// <inheritdoc/>
    public async Task<Result<string>> HandleAsync(TestChannel request, Caller caller, CancellationToken cancellationToken)
    {
        var channel = await channels.FindAsync(request.Channel, cancellationToken);
        if (!channel.IsSuccess) return channel.Errors.ToArray();
        return await sender.SendAsync(channel.Value, notification: null, cancellationToken) is { } failure ? failure : request.Channel;
    }
}
