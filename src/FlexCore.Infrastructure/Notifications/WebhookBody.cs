using System.Globalization;
using System.Text.Json;
using FlexCore.Application.Settings;
using FlexCore.Domain.Notifications;
using FlexCore.Infrastructure.Webhooks;

namespace FlexCore.Infrastructure.Notifications;

/// <summary>A message in the form that a receiver understands.</summary>
internal static class WebhookBody
{
    // PagerDuty refuses what is longer, and with it the message.
    private const int LongestSummary = 1024;

    /// <summary>Makes the JSON.</summary>
    /// <param name="shape">The form.</param>
    /// <param name="routingKey">Of PagerDuty.</param>
    /// <param name="notification">The message; null for a test.</param>
    /// <param name="title">One line.</param>
    /// <param name="text">More lines.</param>
    public static byte[] Make(WebhookShape shape, string? routingKey, Notification? notification, string title, string text) => shape switch
    {
        WebhookShape.Slack => ChatBody.Make(WebhookForm.Slack, title, text),
        WebhookShape.Teams => ChatBody.Make(WebhookForm.Teams, title, text),
        WebhookShape.Discord => ChatBody.Make(WebhookForm.Discord, title, text),
        _ => MakeWithFacts(shape, routingKey, notification, title, text),
    };

    private static byte[] MakeWithFacts(WebhookShape shape, string? routingKey, Notification? notification, string title, string text)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (shape == WebhookShape.PagerDuty) WritePagerDuty(json, routingKey, notification, title, text);
            else WriteGeneric(json, notification, title, text);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteGeneric(Utf8JsonWriter json, Notification? notification, string title, string text)
    {
        json.WriteString("on", notification?.On.Name() ?? "test");
        json.WriteString("title", title);
        json.WriteString("text", text);
        if (notification is not null) WriteFacts(json, notification);
    }

    private static void WriteFacts(Utf8JsonWriter json, Notification notification)
    {
        var run = notification.Run;
        json.WriteString("pipeline", run.Pipeline);
        json.WriteString("environment", run.Environment);
        json.WriteString("run_id", run.RunId);
        json.WriteString("status", run.Status.ToString().ToLowerInvariant());
        json.WriteString("started_at", notification.StartedAt);
        if (run.DurationMs is { } took) json.WriteNumber("duration_ms", took);
        json.WriteString("reason", run.Reason);
        json.WriteNumber("dead_letters", run.CountDead());
        json.WriteNumber("count", notification.Count);
        json.WriteString("since", notification.Since);
    }

    /// <summary>Events API, version 2: what has failed is an incident, and that it runs again ends it.</summary>
    private static void WritePagerDuty(Utf8JsonWriter json, string? routingKey, Notification? notification, string title, string text)
    {
        var on = notification?.On ?? Occasion.Success;
        var incident = on is Occasion.Recovery or Occasion.Success ? Occasion.Failure : on;
        json.WriteString("routing_key", routingKey);
        json.WriteString("event_action", notification is null || incident == on ? "trigger" : "resolve");
        json.WriteString("dedup_key", notification is null ? "flexcore/test" : string.Create(CultureInfo.InvariantCulture, $"flexcore/{notification.Run.Environment}/{notification.Run.Pipeline}/{incident.Name()}"));
        json.WriteStartObject("payload");
        json.WriteString("summary", ChatBody.Cut(title, LongestSummary));
        json.WriteString("source", Environment.MachineName);
        json.WriteString("severity", on switch { Occasion.Failure => "error", Occasion.Late or Occasion.DeadLetters => "warning", _ => "info" });
        json.WriteStartObject("custom_details");
        json.WriteString("text", text);
        if (notification is not null) WriteFacts(json, notification);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
