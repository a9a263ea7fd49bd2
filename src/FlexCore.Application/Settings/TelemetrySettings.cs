using System.Globalization;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>How OpenTelemetry's protocol (OTLP) is spoken.</summary>
public enum OtlpProtocol
{
    /// <summary>By gRPC.</summary>
    Grpc,

    /// <summary>By protobuf over HTTP.</summary>
    Http,
}

/// <summary>Where traces go, and what a server logs.</summary>
/// <param name="Address">Of a collector that takes OTLP. What it wants to know of whoever sends comes from <c>OTEL_EXPORTER_OTLP_HEADERS</c>, as OpenTelemetry has it.</param>
/// <param name="Protocol">How it is spoken there.</param>
/// <param name="Share">Of the traces that begin here: from 0 for none to 1 for all. Those that a caller has begun go the way that they say.</param>
public sealed record TelemetrySettings(Uri Address, OtlpProtocol Protocol, double Share)
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "telemetry";

    private const string AddressKey = Section + ".otlp";
    private const string ProtocolKey = Section + ".protocol";
    private const string ShareKey = Section + ".sample";

    /// <summary>Takes these settings out of all settings; null where nothing is to be sent.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static TelemetrySettings? Read(IReadOnlyList<Setting> settings) => settings.Find(AddressKey) is not { } address ? null : new(
        new Uri(address.Value),
        settings.Find(ProtocolKey) is { } protocol ? ProtocolOf(protocol)!.Value : OtlpProtocol.Grpc,
        settings.Find(ShareKey) is { } share ? ShareOf(share)!.Value : 1);

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        AddressKey => Uri.TryCreate(setting.Value, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps) && address.UserInfo.Length + address.Query.Length + address.Fragment.Length == 0
            ? null
            : Invalid(setting, "must be an address with http:// or https://, without a user, a password or a query"),
        ProtocolKey => ProtocolOf(setting) is not null ? null : Invalid(setting, "must be one of: grpc, http"),
        ShareKey => ShareOf(setting) is not null ? null : Invalid(setting, "must be a number from 0 to 1"),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {AddressKey}, {ProtocolKey}, {ShareKey}", setting.At),
    };

    private static OtlpProtocol? ProtocolOf(Setting setting) => setting.Value switch { "grpc" => OtlpProtocol.Grpc, "http" => OtlpProtocol.Http, _ => null };

    private static double? ShareOf(Setting setting) => double.TryParse(setting.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1 ? share : null;

    private static Error Invalid(Setting setting, string what) => new(ErrorCodes.InvalidValue, $"'{setting.Name}' {what}", setting.At);
}
