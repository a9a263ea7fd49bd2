namespace FlexCore.Infrastructure.Webhooks;

/// <summary>What the receiver of a webhook understands.</summary>
public enum WebhookForm
{
    /// <summary>JSON with <c>title</c> and <c>text</c>.</summary>
    Generic,

    /// <summary>An incoming webhook of Slack, and of others that take its form, as Mattermost.</summary>
    Slack,

    /// <summary>A workflow of Microsoft Teams that takes an adaptive card.</summary>
    Teams,

    /// <summary>A webhook of Discord.</summary>
    Discord,

    /// <summary>A gateway for short messages that takes the form of Twilio's: one request for each number.</summary>
    Twilio,
}

/// <summary>A message to people.</summary>
/// <param name="Title">One line.</param>
/// <param name="Text">More lines. What the receiver would take for markup, or for somebody's name, is shown as it is; what is longer than the receiver takes is cut.</param>
public sealed record WebhookMessage(string Title, string Text)
{
    /// <summary>The numbers that get a short message, as <c>+351210000000</c> (E.164); of no use to a chat.</summary>
    public IReadOnlyList<string> To { get; init; } = [];
}
