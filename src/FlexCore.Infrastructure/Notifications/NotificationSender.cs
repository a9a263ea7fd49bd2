using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Notifications;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Mail;
using FlexCore.Infrastructure.Webhooks;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace FlexCore.Infrastructure.Notifications;

/// <summary>Sends messages by mail, to webhooks and as short messages. Secrets are looked up for each message and not kept; each attempt, and the number of attempts, is bounded.</summary>
internal sealed class NotificationSender(ISecrets secrets, TimeProvider time) : INotificationSender
{
    private const int MaxRetries = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly ResiliencePipeline _attempts = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = MaxRetries,
            Delay = FirstPause,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = new PredicateBuilder().Handle<MailNotTakenException>(failure => failure.IsTransient).Handle<WebhookNotTakenException>(failure => failure.IsTransient).Handle<TimeoutRejectedException>(),
        })
        .AddTimeout(Patience)
        .Build();

    public async Task<Error?> SendAsync(Channel channel, Notification? notification, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in channel.Secrets)
        {
            var found = await secrets.FindAsync(name, cancellationToken);
            if (!found.IsSuccess) return found.Errors[0];
            values[name] = found.Value;
        }

        try
        {
            await _attempts.ExecuteAsync(token => new ValueTask(SendOnceAsync(channel, values, notification, token)), cancellationToken);
            return null;
        }
        catch (Exception failure) when (failure is MailNotTakenException or WebhookNotTakenException)
        {
            return Failed(failure.Message);
        }
        catch (TimeoutRejectedException)
        {
            return Failed($"there was no answer within {Patience.TotalSeconds:0} s");
        }

        Error Failed(string reason) => new(ErrorCodes.NotificationUndelivered, $"channel {channel.Name}: {reason}");
    }

    private static Task SendOnceAsync(Channel channel, Dictionary<string, string> secrets, Notification? notification, CancellationToken cancellationToken) => channel switch
    {
        MailChannel mail => MailAsync(mail, mail.Password?.Complete(secrets), TitleOf(notification), TextOf(channel, notification), cancellationToken),
        WebhookChannel webhook => WebhookPost.SendAsync(
            AddressOf(webhook.Url, secrets), webhook.Authorization?.Complete(secrets),
            WebhookPost.Json(WebhookBody.Make(webhook.Shape, webhook.RoutingKey?.Complete(secrets), notification, TitleOf(notification), TextOf(channel, notification))), cancellationToken),
        SmsChannel sms => SendShortAsync(sms, secrets, TitleOf(notification), TextOf(channel, notification), cancellationToken),
        _ => throw new InvalidOperationException($"{channel.GetType().Name} is not a channel that messages can be sent to"),
    };

    private static async Task MailAsync(MailChannel channel, string? password, string title, string text, CancellationToken cancellationToken)
    {
        var options = new MailOptions { Host = channel.Host, Port = channel.Port, Tls = channel.UsesTls, User = channel.User ?? "", Password = password ?? "", From = channel.From, Recipients = int.MaxValue };
        var mail = new OutgoingMail(channel.To, $"[flexcore] {title}", text);
        if (mail.ProblemFor(options) is { } problem) throw new MailNotTakenException(problem, FailureKind.RequestRefused);
        await SmtpMail.SendAsync(options, mail, cancellationToken);
    }

    /// <summary>To all numbers; where one of them is refused, all get it again with the next attempt.</summary>
    private static async Task SendShortAsync(SmsChannel channel, Dictionary<string, string> secrets, string title, string text, CancellationToken cancellationToken)
    {
        var authorization = WebhookPost.Basic(channel.Account, channel.Token.Complete(secrets));
        foreach (var number in channel.Numbers) await WebhookPost.SendAsync(AddressOf(channel.Url, secrets), authorization, WebhookPost.ShortMessage(channel.Sender, number, title, text), cancellationToken);
    }

    private static Uri AddressOf(SecretText url, Dictionary<string, string> secrets) => WebhookPost.Address(url.Complete(secrets))
        ?? throw new WebhookNotTakenException("the secret in its url does not make an address that begins with https:// (to this machine alone also http://)", FailureKind.RequestRefused);

    private static string TitleOf(Notification? notification) => notification?.Title ?? "A test of FlexCore's notifications";

    private static string TextOf(Channel channel, Notification? notification) => notification?.Text ?? $"The channel {channel.Name} works.\n";
}
