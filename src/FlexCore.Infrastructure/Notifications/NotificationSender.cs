using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Notifications;
using FlexCore.Infrastructure.Mail;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace FlexCore.Infrastructure.Notifications;

/// <summary>Sends messages by mail and to webhooks. Secrets are looked up for each message and not kept; each attempt, and the number of attempts, is bounded.</summary>
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
            ShouldHandle = new PredicateBuilder().Handle<UndeliverableException>(failure => failure.IsTransient).Handle<TimeoutRejectedException>(),
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
        catch (UndeliverableException failure)
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
        WebhookChannel webhook => Webhook.PostAsync(
            webhook, secrets, WebhookBody.Make(webhook.Shape, webhook.RoutingKey?.Complete(secrets), notification, TitleOf(notification), TextOf(channel, notification)), cancellationToken),
        _ => throw new InvalidOperationException($"{channel.GetType().Name} is not a channel that messages can be sent to"),
    };

    private static async Task MailAsync(MailChannel channel, string? password, string title, string text, CancellationToken cancellationToken)
    {
        var options = new MailOptions { Host = channel.Host, Port = channel.Port, Tls = channel.UsesTls, User = channel.User ?? "", Password = password ?? "", From = channel.From, Recipients = int.MaxValue };
        var mail = new OutgoingMail(channel.To, $"[flexcore] {title}", text);
        if (mail.ProblemFor(options) is { } problem) throw new UndeliverableException(problem, isTransient: false);
        try
        {
            await SmtpMail.SendAsync(options, mail, cancellationToken);
        }
        catch (MailNotTakenException failure)
        {
            throw new UndeliverableException(failure.Message, failure.IsTransient, failure);
        }
    }

    private static string TitleOf(Notification? notification) => notification?.Title ?? "A test of FlexCore's notifications";

    private static string TextOf(Channel channel, Notification? notification) => notification?.Text ?? $"The channel {channel.Name} works.\n";
}
