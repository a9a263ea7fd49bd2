using System.Globalization;
using System.Net.Mail;
using System.Text.Json;
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
    private const string NumbersKey = "numbers";
    private const string Mail = "mail";
    private const string Webhook = "webhook";
    private const string Sms = "sms";
    private const string WebhookOrSms = $"{Webhook} or {Sms}";
    private const int LongestName = 100;
    private const int MostDigits = 15;
    private const string PagerDutyUrl = "https://events.pagerduty.com/v2/enqueue";
    private const string AddressRule = "an address that begins with https:// (to this machine alone also http://), without a user in it, or ${secret.NAME}";
    private const string SecretRule = "${secret.NAME}, for a secret does not belong into settings";

    private static readonly TimeSpan UsualWindow = TimeSpan.FromMinutes(10);

    private static readonly Dictionary<string, WebhookShape> Shapes =
        new(StringComparer.Ordinal) { ["generic"] = WebhookShape.Generic, ["slack"] = WebhookShape.Slack, ["pagerduty"] = WebhookShape.PagerDuty, ["teams"] = WebhookShape.Teams, ["discord"] = WebhookShape.Discord };

    /// <summary>Each key: the kind of channel that has it (null for all), whether a value will do, and how it is written.</summary>
    private static readonly Dictionary<string, (string? Kind, Func<string, bool> IsGood, string Rule)> Keys = new(StringComparer.Ordinal)
    {
        ["kind"] = (null, text => text is Mail or Webhook or Sms, "one of: mail, webhook, sms"),
        ["window"] = (null, text => Units.Duration(text) is not null, Units.DurationRule),
        ["host"] = (Mail, text => Uri.CheckHostName(text) != UriHostNameType.Unknown, "the name of a host"),
        ["port"] = (Mail, text => Port(text) is not null, "a port from 1 to 65535"),
        ["security"] = (Mail, text => text is "starttls" or "none", "one of: starttls, none"),
        ["user"] = (Mail, text => text.Length > 0, "a text"),
        ["password"] = (Mail, IsSecret, SecretRule),
        ["from"] = (Mail, IsMailAddress, "a mail address"),
        [ToKey] = (Mail, text => Split(text) is { Length: > 0 } all && all.All(IsMailAddress), "a mail address, or a list of them"),
        ["shape"] = (Webhook, Shapes.ContainsKey, $"one of: {string.Join(", ", Shapes.Keys)}"),
        ["url"] = (WebhookOrSms, IsAddressOrSecret, AddressRule),
        ["account"] = (Sms, text => text.Length is > 0 and <= LongestName && !text.Contains(':', StringComparison.Ordinal), "the name of an account"),
        ["token"] = (Sms, IsSecret, SecretRule),
        ["sender"] = (Sms, text => text.Length is > 0 and <= LongestName, "a number, or a name that the gateway knows"),
        [NumbersKey] = (Sms, text => Split(text) is { Length: > 0 } all && all.All(IsNumber), "a number such as +351210000000, or a list of them"),
        ["authorization"] = (Webhook, IsSecret, SecretRule),
        ["routing_key"] = (Webhook, IsSecret, SecretRule),
    };

    /// <summary>Whether a setting may be written as a list.</summary>
    public static bool IsList(Setting setting) => setting.Key.Split('.') is [Section, _, ToKey or NumbersKey];

    /// <summary>Takes the channels out of all settings.</summary>
    /// <param name="settings">Settings that were not refused and among which none is missing; later ones win.</param>
    public static IReadOnlyDictionary<string, Channel> Read(IReadOnlyList<Setting> settings) =>
        ByName(settings).ToDictionary(channel => channel.Name, channel => Read(channel.Name, channel.Values), StringComparer.Ordinal);

    /// <summary>Takes a channel out of a document that has the keys of one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="document">An object of JSON.</param>
    /// <returns>The channel, or everything that is wrong with it.</returns>
    public static Result<Channel> Read(string name, JsonElement document)
    {
        var settings = document.EnumerateObject().Select(member => SettingOf(name, member)).ToList();
        var errors = settings.Select(setting => setting.IsList && !IsList(setting) ? new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be a text") : Refuse(setting)).OfType<Error>().ToList();
        if (errors.Count == 0) errors.AddRange(settings.Count == 0 ? [new Error(ErrorCodes.MissingKey, $"'{Prefix}{name}.kind' is missing")] : FindMissing(settings));
        return errors.Count == 0 ? Read(settings)[name] : errors.ToArray();
    }

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
            foreach (var (key, setting) in values.Where(value => kind is not null && Keys.TryGetValue(value.Key, out var rule) && rule.Kind is { } other && !other.Split(" or ").Contains(kind, StringComparer.Ordinal)))
                yield return new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' is for channels of kind {Keys[key].Kind}", setting.At);
            if (values.TryGetValue("password", out var password) && values.GetValueOrDefault("security")?.Value == "none")
                yield return new Error(ErrorCodes.InvalidValue, $"'{password.Name}' needs 'security: starttls': everybody on the way could read it", password.At);
        }
    }

    private static Setting SettingOf(string channel, JsonProperty member)
    {
        var (key, isList) = ($"{Prefix}{channel}.{member.Name}", member.Value.ValueKind == JsonValueKind.Array);
        var text = isList && member.Value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) ? string.Join(Setting.Separator, member.Value.EnumerateArray().Select(item => item.GetString())) : member.Value.ToString();
        return new Setting(key, text, key) { IsList = isList };
    }

    private static IEnumerable<string> Needed(IReadOnlyDictionary<string, Setting> values) => values.GetValueOrDefault("kind")?.Value switch
    {
        Sms => ["url", "account", "token", "sender", NumbersKey],
        Mail => ["host", "from", ToKey, .. values.ContainsKey("user") ? (string[])["password"] : [], .. values.ContainsKey("password") ? (string[])["user"] : []],
        Webhook => values.GetValueOrDefault("shape")?.Value == "pagerduty" ? ["routing_key"] : ["url"],
        _ => ["kind"],
    };

    private static Channel Read(string name, IReadOnlyDictionary<string, Setting> values)
    {
        var window = Find("window") is { } text ? Units.Duration(text)!.Value : UsualWindow;
        if (Find("kind") == Sms) return new SmsChannel(name, window, Secret("url")!, Find("account")!, Secret("token")!, Find("sender")!, Split(Find(NumbersKey)!));
        if (Find("kind") == Mail)
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

    // E.164
    private static bool IsNumber(string text) => text.Length is > 2 and <= MostDigits + 1 && text[0] == '+' && text.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool IsSecret(string text) => new SecretText(text) is { IsMalformed: false, Secrets.Count: > 0 };

    private static Uri? Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Length == 0 && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)) ? address : null;

    // What a secret makes of it is seen when it is used.
    private static bool IsAddressOrSecret(string text) =>
        new SecretText(text) is { IsMalformed: false } address && (address.Secrets.Count > 0 ? text.StartsWith("${secret.", StringComparison.Ordinal) || Address(address.Complete(address.Secrets.ToDictionary(name => name, _ => "x", StringComparer.Ordinal))) is not null : Address(text) is not null);
}
