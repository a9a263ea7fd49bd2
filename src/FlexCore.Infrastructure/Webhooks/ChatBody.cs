using System.Text.Json;

namespace FlexCore.Infrastructure.Webhooks;

/// <summary>A message in the form that a chat understands.</summary>
internal static class ChatBody
{
    // Limits of the receivers: what is longer they refuse, and with it the message.
    private const int LongestSlackText = 40_000;
    private const int LongestTeamsText = 20_000;
    private const int LongestDiscordText = 2_000;

    /// <summary>Makes the JSON.</summary>
    public static byte[] Make(WebhookForm form, string title, string text)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (form == WebhookForm.Slack) json.WriteString("text", Cut($"*{EscapeSlack(title)}*\n{EscapeSlack(text)}", LongestSlackText));
            else if (form == WebhookForm.Discord) WriteDiscord(json, title, text);
            else if (form == WebhookForm.Teams) WriteTeams(json, title, text);
            else WriteGeneric(json, title, text);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>The beginning of a text that is too long, no character cut in two.</summary>
    public static string Cut(string text, int longest) => text.Length <= longest ? text : text[..(char.IsHighSurrogate(text[longest - 2]) ? longest - 2 : longest - 1)] + "…";

    private static void WriteGeneric(Utf8JsonWriter json, string title, string text)
    {
        json.WriteString("title", title);
        json.WriteString("text", text);
    }

    /// <summary>https://discord.com/developers/docs/resources/webhook. Nobody is called, whatever name a text has in it.</summary>
    private static void WriteDiscord(Utf8JsonWriter json, string title, string text)
    {
        json.WriteString("content", Cut($"**{EscapeMarkdown(title)}**\n{EscapeMarkdown(text)}", LongestDiscordText));
        json.WriteStartObject("allowed_mentions");
        json.WriteStartArray("parse");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>An adaptive card (https://adaptivecards.io/explorer), as workflows of Teams take it.</summary>
    private static void WriteTeams(Utf8JsonWriter json, string title, string text)
    {
        json.WriteString("type", "message");
        json.WriteStartArray("attachments");
        json.WriteStartObject();
        json.WriteString("contentType", "application/vnd.microsoft.card.adaptive");
        json.WriteStartObject("content");
        json.WriteString("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
        json.WriteString("type", "AdaptiveCard");
        json.WriteString("version", "1.4");
        json.WriteStartArray("body");
        WriteBlock(json, title, isTitle: true);
        WriteBlock(json, text, isTitle: false);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteBlock(Utf8JsonWriter json, string text, bool isTitle)
    {
        json.WriteStartObject();
        json.WriteString("type", "TextBlock");
        json.WriteString("text", Cut(EscapeMarkdown(text), LongestTeamsText));
        json.WriteBoolean("wrap", true);
        if (isTitle) json.WriteString("weight", "Bolder");
        json.WriteEndObject();
    }

    private static string EscapeSlack(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static string EscapeMarkdown(string text) => string.Concat(text.Select(c => c is '*' or '_' or '~' or '`' or '|' or '\\' or '[' or ']' or '#' ? $"\\{c}" : $"{c}"));
}
