using System.Net;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>Where a node listens. It is said once, at its start.</summary>
/// <param name="Http">For REST and webhooks; null for nowhere.</param>
/// <param name="Grpc">For gRPC; null for nowhere.</param>
public sealed record ListenSettings(IPEndPoint? Http, IPEndPoint? Grpc)
{
    /// <summary>The setting, and section, of <see cref="Http"/>.</summary>
    public const string HttpKey = "http";

    /// <summary>The setting, and section, of <see cref="Grpc"/>.</summary>
    public const string GrpcKey = "grpc";

    private const string Off = "off";

    /// <summary>What holds where nothing was set: this machine, and nobody else.</summary>
    public static ListenSettings Usual { get; } = new(new IPEndPoint(IPAddress.Loopback, 8080), new IPEndPoint(IPAddress.Loopback, 50051));

    /// <summary>Whether it listens at all.</summary>
    public bool IsAnywhere => Http is not null || Grpc is not null;

    /// <summary>The addresses that others than this machine can reach.</summary>
    public IEnumerable<IPEndPoint> Reachable => new[] { Http, Grpc }.OfType<IPEndPoint>().Where(address => !IPAddress.IsLoopback(address.Address));

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static ListenSettings Read(IReadOnlyList<Setting> settings) => new(Read(settings.Find(HttpKey), Usual.Http), Read(settings.Find(GrpcKey), Usual.Grpc));

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        HttpKey => Refuse(setting, Usual.Http),
        GrpcKey => Refuse(setting, Usual.Grpc),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {HttpKey}, {GrpcKey}", setting.At),
    };

    private static Error? Refuse(Setting setting, IPEndPoint? example) => setting.Value == Off || Parse(setting.Value) is not null
        ? null
        : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be an IP address and a port, such as {example}, or {Off}", setting.At);

    private static IPEndPoint? Read(Setting? setting, IPEndPoint? usual) => setting is null ? usual : setting.Value == Off ? null : Parse(setting.Value);

    // An address without a port would be taken for one with port 0: of IPv6 it stands behind a bracket.
    private static IPEndPoint? Parse(string text) =>
        text.LastIndexOf(':') > text.LastIndexOf(']') && (text[0] == '[' || text.Count(c => c == ':') == 1) && IPEndPoint.TryParse(text, out var address) ? address : null;
}
