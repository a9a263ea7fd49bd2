using System.Globalization;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;

namespace FlexCore.Application.Settings;

/// <summary>When the event log is signed, with what, and where the signed checkpoints go beside the store and the data directory.</summary>
/// <param name="EveryEvents">After how many events at the latest.</param>
/// <param name="Every">How long an event waits for its checkpoint at the longest.</param>
/// <param name="Publish">A web address that is sent each checkpoint.</param>
/// <param name="Key">The PEM of the key. Never shown.</param>
/// <param name="KeySecret">The secret that holds the PEM of the key, where <paramref name="Key"/> is null; null leaves it to a file in the data directory.</param>
public sealed record CheckpointSettings(int EveryEvents, TimeSpan Every, Uri? Publish, string? Key, string? KeySecret)
{
    /// <summary>What the keys of all these settings begin with.</summary>
    public const string Section = StoreSettings.Section + ".checkpoints.";

    private const string EventsKey = Section + "events";
    private const string SecondsKey = Section + "seconds";
    private const string PublishKey = Section + "publish";
    private const string KeyKey = Section + "key";
    private const string KeySecretKey = Section + "key_secret";
    private const int MaxNumber = 1_000_000;

    /// <summary>What holds where nothing was set.</summary>
    public static CheckpointSettings Usual { get; } = new(1000, TimeSpan.FromMinutes(1), null, null, null);

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    /// <returns>The settings.</returns>
    public static CheckpointSettings Read(IReadOnlyList<Setting> settings)
    {
        return new CheckpointSettings(
            Last(EventsKey) is { } events ? Number(events)!.Value : Usual.EveryEvents,
            Last(SecondsKey) is { } seconds ? TimeSpan.FromSeconds(Number(seconds)!.Value) : Usual.Every,
            Last(PublishKey) is { } address ? Address(address) : null,
            Last(KeyKey),
            Last(KeySecretKey));

        string? Last(string key) => settings.Find(key)?.Value;
    }

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        EventsKey or SecondsKey => Number(setting.Value) is null ? Invalid(setting, $"must be a number from 1 to {MaxNumber}") : null,
        PublishKey => Address(setting.Value) is null ? Invalid(setting, "must be an address that begins with https:// or http://") : null,
        KeyKey => setting.At is not null ? Invalid(setting, "belongs in the environment (FLEXCORE__STORE__CHECKPOINTS__KEY), not in a file") : null,
        KeySecretKey => SecretRules.IsName(setting.Value) ? null : Invalid(setting, $"must be the name of a secret: {SecretRules.NameRule}"),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {EventsKey}, {SecondsKey}, {PublishKey}, {KeySecretKey}", setting.At),
    };

    /// <summary>Not the key.</summary>
    public override string ToString() => $"every {EveryEvents} events or {Every}";

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MaxNumber ? number : null;

    private static Uri? Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp) ? address : null;

    private static Error Invalid(Setting setting, string what) => new(ErrorCodes.InvalidValue, $"'{setting.Name}' {what}", setting.At);
}
