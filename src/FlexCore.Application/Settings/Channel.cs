namespace FlexCore.Application.Settings;

/// <summary>Where notifications go.</summary>
/// <param name="Name">By which pipelines name it.</param>
/// <param name="Window">For how long after a message what is like it is only counted.</param>
public abstract record Channel(string Name, TimeSpan Window)
{
    /// <summary>The secrets that it needs.</summary>
    public abstract IEnumerable<string> Secrets { get; }
}

/// <summary>Mail by SMTP.</summary>
/// <param name="Name"><inheritdoc cref="Channel" path="/param[@name='Name']"/></param>
/// <param name="Window"><inheritdoc cref="Channel" path="/param[@name='Window']"/></param>
/// <param name="Host">The server.</param>
/// <param name="Port">Its port.</param>
/// <param name="UsesTls">Whether nothing is said before STARTTLS (RFC 3207); a server without it gets no mail.</param>
/// <param name="User">For AUTH; null for none.</param>
/// <param name="Password">For AUTH.</param>
/// <param name="From">The sender's address.</param>
/// <param name="To">The addresses of those who get it.</param>
public sealed record MailChannel(string Name, TimeSpan Window, string Host, int Port, bool UsesTls, string? User, SecretText? Password, string From, IReadOnlyList<string> To)
    : Channel(Name, Window)
{
    /// <inheritdoc/>
    public override IEnumerable<string> Secrets => Password?.Secrets ?? [];
}

/// <summary>What the receiver of a webhook understands.</summary>
public enum WebhookShape
{
    /// <summary>Our own JSON.</summary>
    Generic,

    /// <summary>An incoming webhook of Slack, and of others that take its form.</summary>
    Slack,

    /// <summary>The Events API, version 2.</summary>
    PagerDuty,

    /// <summary>A workflow of Microsoft Teams that takes an adaptive card.</summary>
    Teams,

    /// <summary>A webhook of Discord.</summary>
    Discord,
}

/// <summary>A POST of JSON.</summary>
/// <param name="Name"><inheritdoc cref="Channel" path="/param[@name='Name']"/></param>
/// <param name="Window"><inheritdoc cref="Channel" path="/param[@name='Window']"/></param>
/// <param name="Shape">What the receiver understands.</param>
/// <param name="Url">The one address that is called.</param>
/// <param name="Authorization">The header of that name; null for none.</param>
/// <param name="RoutingKey">Of PagerDuty.</param>
public sealed record WebhookChannel(string Name, TimeSpan Window, WebhookShape Shape, SecretText Url, SecretText? Authorization, SecretText? RoutingKey)
    : Channel(Name, Window)
{
    /// <inheritdoc/>
    public override IEnumerable<string> Secrets => [.. Url.Secrets, .. Authorization?.Secrets ?? [], .. RoutingKey?.Secrets ?? []];
}

/// <summary>Short messages, by a gateway that takes Twilio's form.</summary>
/// <param name="Name"><inheritdoc cref="Channel" path="/param[@name='Name']"/></param>
/// <param name="Window"><inheritdoc cref="Channel" path="/param[@name='Window']"/></param>
/// <param name="Url">The one address that is called.</param>
/// <param name="Account">Whose gateway it is.</param>
/// <param name="Token">Their password.</param>
/// <param name="Sender">Who messages are from.</param>
/// <param name="Numbers">Those who get them.</param>
public sealed record SmsChannel(string Name, TimeSpan Window, SecretText Url, string Account, SecretText Token, string Sender, IReadOnlyList<string> Numbers)
    : Channel(Name, Window)
{
    /// <inheritdoc/>
    public override IEnumerable<string> Secrets => [.. Url.Secrets, .. Token.Secrets];
}
