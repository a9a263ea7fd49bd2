using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Webhooks;

/// <summary>Where messages to people go. The section <c>FlexCore:Webhook</c>.</summary>
public sealed class WebhookOptions : ClientOptions
{
    /// <summary>The one address that is called, with https beyond loopback. Often it is a secret itself: it is in no log and no error.</summary>
    public string Url { get; set; } = "";

    /// <summary>What the receiver understands.</summary>
    public WebhookForm Form { get; set; }

    /// <summary>The header of that name, as <c>Bearer …</c>; empty for none.</summary>
    public string Authorization { get; set; } = "";

    /// <summary>The account of a gateway for short messages.</summary>
    public string Account { get; set; } = "";

    /// <summary>Its password.</summary>
    public string Token { get; set; } = "";

    /// <summary>Who short messages are from: a number, or a name that the gateway knows.</summary>
    public string Sender { get; set; } = "";

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (WebhookPost.Address(Url) is null) yield return (nameof(Url), "must be an address that begins with https:// (to this machine alone also http://), without a user in it");
        if (!Enum.IsDefined(Form)) yield return (nameof(Form), "must be Generic, Slack, Teams, Discord or Twilio");
        if (Account.Length > 0 != Token.Length > 0) yield return (nameof(Token), "and Account are set together, or neither");
        if (Account.Length > 0 && Authorization.Length > 0) yield return (nameof(Authorization), "cannot be set beside Account");
        if (Form == WebhookForm.Twilio && Sender.Length == 0) yield return (nameof(Sender), "is missing; it is who short messages are from");
    }
}
