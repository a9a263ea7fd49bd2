using System.Globalization;
using System.Net.Mail;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Settings;

/// <summary>The channels of a project.</summary>
public static class ChannelSettings
{
    /// <summary>The section; in it each channel has one by its name.</summary>
    public const string Section = "channels";

    private const string Prefix = Section + ".";
    private const string ToKey = "to";
    private const string PagerDutyUrl = "https://events.pagerduty.com/v2/enqueue";
    private const string AddressRule = "an address that begins with https:// (to this machine alone also http://), without a user in it, or ${secret.NAME}";
    private const string SecretRule = "${secret.NAME}, for a secret does not belong into settings";

    private static readonly TimeSpan UsualWindow = TimeSpan.FromMinutes(10);

    private static readonly Dictionary<string, WebhookShape> Shapes =
        new(StringComparer.Ordinal) { ["generic"] = WebhookShape.Generic, ["slack"] = WebhookShape.Slack, ["pagerduty"] = WebhookShape.PagerDuty };

    /// <summary>Each key: the kind of channel that has it (null for all), whether a value will do, and how it is written.</summary>
    private static readonly Dictionary<string, (string? Kind, Func<string, bool> IsGood, string Rule)> Keys = new(StringComparer.Ordinal)
    {
        ["kind"] = (null, text => text is "mail" or "webhook", "one of: mail, webhook"),
        ["window"] = (null, text => Units.Duration(text) is not null, Units.DurationRule),
        ["host"] = ("mail", text => Uri.CheckHostName(text) != UriHostNameType.Unknown, "the name of a host"),
        ["port"] = ("mail", text => Port(text) is not null, "a port from 1 to 65535"),
        ["security"] = ("mail", text => text is "starttls" or "none", "one of: starttls, none"),
        ["user"] = ("mail", text => text.Length > 0, "a text"),
        ["password"] = ("mail", IsSecret, SecretRule),
        ["from"] = ("mail", IsMailAddress, "a mail address"),
        [ToKey] = ("mail", text => Split(text) is { Length: > 0 } all && all.All(IsMailAddress), "a mail address, or a list of them"),
        ["shape"] = ("webhook", Shapes.ContainsKey, $"one of: {string.Join(", ", Shapes.Keys)}"),
        ["url"] = ("webhook", IsAddressOrSecret, AddressRule),
        ["authorization"] = ("webhook", IsSecret, SecretRule),
        ["routing_key"] = ("webhook", IsSecret, SecretRule),
    };

    /// <summary>Whether a setting may be written as a list.</summary>
    public static bool IsList(Setting setting) => setting.Key.Split('.') is [Section, _, ToKey];

    /// <summary>Takes the channels out of all settings.</summary>
    /// <param name="settings">Settings that were not refused and among which none is missing; later ones win.</param>
    public static IReadOnlyDictionary<string, Channel> Read(IReadOnlyList<Setting> settings) =>
        ByName(settings).ToDictionary(channel => channel.Name, channel => Read(channel.Name, channel.Values), StringComparer.Ordinal);

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting)
    {
        if (setting.Key.Split('.') is not [_, var name, var key] || !Keys.TryGetValue(key, out var rule))
            return new Error(ErrorCodes.UnknownKey, $"'{Printable.Escape(setting.Name)}' is not a known setting; known for each channel: {string.Join(", ", Keys.Keys)}", setting.At);
        if (!Names.IsValid(name)) return new Error(ErrorCodes.InvalidName, $"'{Printable.Escape(name)}' is not a valid name of a channel", setting.At);
        return rule.IsGood(setting.Value) ? null : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be {rule.Rule}", setting.At);
    }

    /// <summary>What is needed beside what was set, and what does not go together.</summary>
    public static IEnumerable<Error> FindMissing(IReadOnlyList<Setting> settings)
    {
        foreach (var (name, values) in ByName(settings))
        {
            var at = values.Values.First().At;
            var kind = values.GetValueOrDefault("kind")?.Value;
            foreach (var key in Needed(values).Where(key => !values.ContainsKey(key))) yield return new Error(ErrorCodes.MissingKey, $"'{Prefix}{name}.{key}' is missing", at);
            foreach (var (key, setting) in values.Where(value => kind is not null && Keys.TryGetValue(value.Key, out var rule) && rule.Kind is { } other && other != kind))
                yield return new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' is for channels of kind {Keys[key].Kind}", setting.At);
            if (values.TryGetValue("password", out var password) && values.GetValueOrDefault("security")?.Value == "none")
                yield return new Error(ErrorCodes.InvalidValue, $"'{password.Name}' needs 'security: starttls': everybody on the way could read it", password.At);
        }
    }

    /// <summary>An address that may be called; null for all others.</summary>
    public static Uri? Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Length == 0 && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)) ? address : null;

    private static IEnumerable<string> Needed(IReadOnlyDictionary<string, Setting> values) => values.GetValueOrDefault("kind")?.Value switch
    {
        "mail" => ["host", "from", ToKey, .. values.ContainsKey("user") ? (string[])["password"] : [], .. values.ContainsKey("password") ? (string[])["user"] : []],
        "webhook" => values.GetValueOrDefault("shape")?.Value == "pagerduty" ? ["routing_key"] : ["url"],
        _ => ["kind"],
    };

    private static Channel Read(string name, IReadOnlyDictionary<string, Setting> values)
    {
        var window = Find("window") is { } text ? Units.Duration(text)!.Value : UsualWindow;
        if (Find("kind") == "mail")
            return new MailChannel(name, window, Find("host")!, Port(Find("port") ?? "587")!.Value, Find("security") != "none", Find("user"), Secret("password"), Find("from")!, Split(Find(ToKey)!));
        var shape = Shapes[Find("shape") ?? "generic"];
        return new WebhookChannel(name, window, shape, Secret("url") ?? new SecretText(PagerDutyUrl), Secret("authorization"), Secret("routing_key"));

        string? Find(string key) => values.GetValueOrDefault(key)?.Value;

        SecretText? Secret(string key) => Find(key) is { } written ? new SecretText(written) : null;
    }

    private static IEnumerable<(string Name, IReadOnlyDictionary<string, Setting> Values)> ByName(IReadOnlyList<Setting> settings) =>
        from setting in settings
        let path = setting.Key.Split('.')
        where path is [Section, _, _]
        group (Key: path[2], Setting: setting) by path[1] into channel
        select (channel.Key, (IReadOnlyDictionary<string, Setting>)channel.GroupBy(item => item.Key, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.Last().Setting, StringComparer.Ordinal));

    private static string[] Split(string text) => text.Split(Setting.Separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static int? Port(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535 ? port : null;

    private static bool IsMailAddress(string text) => Printable.Escape(text) == text && MailAddress.TryCreate(text, out _);

    private static bool IsSecret(string text) => new SecretText(text) is { IsMalformed: false, Secrets.Count: > 0 };

    // What a secret makes of it is seen when it is used.
    private static bool IsAddressOrSecret(string text) =>
        new SecretText(text) is { IsMalformed: false } address && (address.Secrets.Count > 0 ? text.StartsWith("${secret.", StringComparison.Ordinal) || Address(address.Complete(address.Secrets.ToDictionary(name => name, _ => "x", StringComparer.Ordinal))) is not null : Address(text) is not null);
}
