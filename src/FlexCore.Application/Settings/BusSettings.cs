using System.Globalization;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>What carries events to other programs.</summary>
public enum BusTransportKind
{
    /// <summary>Streams of Redis.</summary>
    Redis,

    /// <summary>A topic of Kafka.</summary>
    Kafka,

    /// <summary>An exchange of RabbitMQ.</summary>
    RabbitMq,
}

/// <summary>Where the events of a project are published, as CloudEvents. The password belongs into a variable of the environment.</summary>
/// <param name="Transport">What carries them.</param>
/// <param name="Addresses">Where it is: hosts, with their ports.</param>
/// <param name="User">Who signs in; empty for nobody.</param>
/// <param name="Password">Their password.</param>
/// <param name="Tls">Whether it is spoken to by TLS.</param>
/// <param name="Topic">Where they are published.</param>
/// <param name="Categories">The categories of event streams that are published.</param>
public sealed record BusSettings(BusTransportKind Transport, IReadOnlyList<string> Addresses, string User, string Password, bool Tls, string Topic, IReadOnlyList<string> Categories)
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "bus";

    private const string TransportKey = Section + ".transport";
    private const string AddressKey = Section + ".address";
    private const string UserKey = Section + ".user";
    private const string PasswordKey = Section + ".password";
    private const string TlsKey = Section + ".tls";
    private const string TopicKey = Section + ".topic";
    private const string EventsKey = Section + ".events";
    private const string UsualTopic = "flexcore";
    private const int LongestTopic = 100;

    // Who has asked for what, and who may, is nobody's business outside.
    private static readonly string[] Known = ["backfill", "catalog", "circuit", "deadletter", "execution", "node", "notification", "pipeline", "plugin", "refresh", "run", "schema", "state"];

    /// <summary>Takes these settings out of all settings; null where nothing is to be published.</summary>
    /// <param name="settings">Settings that were not refused and among which none is missing; later ones win.</param>
    public static BusSettings? Read(IReadOnlyList<Setting> settings) => settings.Find(TransportKey) is { } transport && ReadTransport(transport.Value) is { } kind
        ? new BusSettings(
            kind,
            Split(settings.Find(AddressKey)!.Value),
            settings.Find(UserKey)?.Value ?? "",
            settings.Find(PasswordKey)?.Value ?? "",
            settings.Find(TlsKey)?.Value == "true",
            settings.Find(TopicKey)?.Value ?? UsualTopic,
            settings.Find(EventsKey) is { } events ? [.. Split(events.Value).Distinct(StringComparer.Ordinal)] : ["pipeline", "run"])
        : null;

    /// <summary>What is needed beside what was set.</summary>
    /// <param name="settings">Settings that were not refused.</param>
    public static IEnumerable<Error> FindMissing(IReadOnlyList<Setting> settings)
    {
        var all = settings.Where(setting => setting.Key.StartsWith(Section + ".", StringComparison.Ordinal)).ToList();
        if (all.Count == 0 || settings.Find(TransportKey)?.Value == "off") yield break;
        if (settings.Find(TransportKey) is null) yield return Missing(TransportKey, "what carries events: redis, kafka or rabbitmq", all[0].At);
        if (settings.Find(AddressKey) is null) yield return Missing(AddressKey, "where it is, as broker.example.com:5672", all[0].At);
        if (settings.Find(UserKey) is null && settings.Find(PasswordKey) is not null && settings.Find(TransportKey)?.Value != "redis")
            yield return Missing(UserKey, "the user of that password", all[0].At);
        if (settings.Find(TransportKey)?.Value == "redis" && settings.Find(UserKey) is { } user)
            yield return new Error(ErrorCodes.InvalidValue, $"'{user.Name}' is not for redis, which is signed in to by a password alone", user.At);
    }

    /// <summary>What who publishes needs besides: the password is where the node is, and no other command needs it. Null when it is there, or none is needed.</summary>
    public Error? FindMissingPassword() => User.Length > 0 && Password.Length == 0 ? Missing(PasswordKey, "the password of that user, best as FLEXCORE__BUS__PASSWORD where the node runs", at: null) : null;

    /// <summary>Whether a setting may be written as a list.</summary>
    public static bool IsList(Setting setting) => setting.Key is EventsKey or AddressKey;

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        TransportKey => setting.Value == "off" || ReadTransport(setting.Value) is not null ? null : Invalid(setting, "must be one of: off, redis, kafka, rabbitmq"),
        AddressKey => Split(setting.Value) is { Length: > 0 } all && all.All(IsAddress) ? null : Invalid(setting, "must be HOST:PORT, or a list of them"),
        TlsKey => setting.Value is "true" or "false" ? null : Invalid(setting, "must be true or false"),
        TopicKey => setting.Value.Length is > 0 and <= LongestTopic && setting.Value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') ? null : Invalid(setting, $"must be 1 to {LongestTopic} letters, digits, '.', '-' and '_'"),
        EventsKey => Split(setting.Value) is { Length: > 0 } all && all.All(category => Known.Contains(category, StringComparer.Ordinal)) ? null : Invalid(setting, $"must be a list of: {string.Join(", ", Known)}"),
        PasswordKey => setting.Value.Length > 0 && !setting.Value.Contains(',', StringComparison.Ordinal) ? null : Invalid(setting, "must be a password without a comma"),
        UserKey => null,
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {TransportKey}, {AddressKey}, {UserKey}, {PasswordKey}, {TlsKey}, {TopicKey}, {EventsKey}", setting.At),
    };

    /// <summary>Not the password.</summary>
    public override string ToString() => $"{Transport}, topic {Topic}";

    private static BusTransportKind? ReadTransport(string text) => text switch
    {
        "redis" => BusTransportKind.Redis,
        "kafka" => BusTransportKind.Kafka,
        "rabbitmq" => BusTransportKind.RabbitMq,
        _ => null,
    };

    private static string[] Split(string text) => text.Split(Setting.Separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsAddress(string text) => text.LastIndexOf(':') is > 0 and var colon && Uri.CheckHostName(text[..colon].Trim('[', ']')) != UriHostNameType.Unknown
        && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535;

    private static Error Missing(string key, string what, SourceLocation? at) => new(ErrorCodes.MissingKey, $"'{key}' is missing: events are to be published", at, $"Set it to {what}.");

    private static Error Invalid(Setting setting, string what) => new(ErrorCodes.InvalidValue, $"'{setting.Name}' {what}", setting.At);
}
