using System.Net.Sockets;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Webhooks;

/// <summary>Sends messages to people: into a chat, or as short messages. One that may not have been taken is sent again: it can come twice rather than never.</summary>
public sealed class WebhookClient : SystemClient
{
    private static readonly SystemTelemetry Telemetry = new("webhook", SystemKind.Messaging, SystemTelemetry.CreateDuration("webhook_send_duration_seconds", "How long it took to send messages to people."), "operation");

    private static readonly Operation Send = new("send", MayRepeat: true);

    private readonly WebhookOptions _options;

    internal WebhookClient(string name, WebhookOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time) => _options = options;

    /// <summary>Sends a message; a short one to each number by itself, so one number that is refused leaves the others their message.</summary>
    /// <exception cref="FlexCoreException">It was not taken: of several numbers, by all of them that the error names.</exception>
    public async ValueTask SendAsync(WebhookMessage message, CancellationToken cancellationToken)
    {
        if (_options.Form != WebhookForm.Twilio)
        {
            await PostAsync(() => WebhookPost.Json(ChatBody.Make(_options.Form, message.Title, message.Text)), cancellationToken);
            return;
        }

        if (message.To.Count == 0) throw new FlexCoreException(new Error(ErrorCodes.SystemRequestRefused, $"{Name}: {Send.Name}: a short message has nobody to go to"));
        var refused = new List<Error>();
        foreach (var number in message.To)
        {
            try
            {
                await PostAsync(() => WebhookPost.ShortMessage(_options.Sender, number, message.Title, message.Text), cancellationToken);
            }
            catch (FlexCoreException e)
            {
                refused.Add(new Error(e.Error.Code, $"{e.Error.Message} (to {number})"));
            }
        }

        if (refused.Count > 0) throw new FlexCoreException(refused);
    }

    /// <summary>Whether the address can be connected to; a webhook has nothing that could be asked without saying something.</summary>
    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        var address = WebhookPost.Address(_options.Url)!;
        using var connection = new TcpClient();
        await connection.ConnectAsync(address.Host, address.Port, cancellationToken);
        return null;
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps() => [];

    private protected override CallFailure? Understand(Exception failure) => failure switch
    {
        WebhookNotTakenException refused => new CallFailure(refused.Kind, refused.Message),
        SocketException => new CallFailure(FailureKind.Unreachable, "it cannot be reached"),
        _ => null,
    };

    private async ValueTask PostAsync(Func<HttpContent> content, CancellationToken cancellationToken)
    {
        var authorization = _options.Account.Length > 0 ? WebhookPost.Basic(_options.Account, _options.Token) : _options.Authorization.Length > 0 ? _options.Authorization : null;
        await RunAsync(
            Send,
            resource: null,
            (Address: WebhookPost.Address(_options.Url)!, authorization, content),
            static async (what, token) =>
            {
                await WebhookPost.SendAsync(what.Address, what.authorization, what.content(), token);
                return true;
            },
            cancellationToken);
    }
}
