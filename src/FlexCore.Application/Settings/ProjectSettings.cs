using FlexCore.Domain.Circuits;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Settings;

/// <summary>All that configures a project.</summary>
/// <param name="Store">What keeps its events.</param>
/// <param name="Coordination">What keeps its processes apart.</param>
/// <param name="Secrets">Where its secrets come from.</param>
/// <param name="Limits">The most that any plugin may use up.</param>
/// <param name="Isolation">What is accepted to keep its plugins apart.</param>
/// <param name="Queue">How its runs wait.</param>
/// <param name="Vars">Values of variables by name, over those that pipelines give them; later ones win.</param>
/// <param name="Channels">Where notifications can go, by name.</param>
/// <param name="Environment">The environment that these hold in; null where none was named.</param>
public sealed record ProjectSettings(
    StoreSettings Store, CoordinationSettings Coordination, SecretSettings Secrets, WrittenLimits Limits, IsolationSettings Isolation, QueueSettings Queue, IReadOnlyList<Setting> Vars,
    IReadOnlyDictionary<string, Channel> Channels, string? Environment)
{
    /// <summary>When a system that keeps failing is left alone.</summary>
    public CircuitRule Circuit { get; init; } = CircuitRule.Usual;

    /// <summary>Where its catalog is kept.</summary>
    public CatalogSettings Catalog { get; init; } = CatalogSettings.Usual;

    /// <summary>Where its files are kept: logs of runs, and artifacts.</summary>
    public FileSettings Files { get; init; } = FileSettings.Usual;

    /// <summary>The nodes that come and go with its queue.</summary>
    public WorkerSettings Workers { get; init; } = WorkerSettings.Usual;

    /// <summary>Where its events are published; null for nowhere.</summary>
    public BusSettings? Bus { get; init; }

    /// <summary>The certificate of its nodes; null where they serve without TLS.</summary>
    public TlsSettings? Tls { get; init; }

    /// <summary>The identity provider whose users may ask its nodes; null where there is none.</summary>
    public OidcSettings? Oidc { get; init; }

    /// <summary>How a server writes its log.</summary>
    public LogSettings Log { get; init; } = LogSettings.Usual;

    /// <summary>Where traces, and what a server logs, are sent; null for nowhere.</summary>
    public TelemetrySettings? Telemetry { get; init; }

    /// <summary>For how long what is past stays.</summary>
    public RetentionSettings Retention { get; init; } = RetentionSettings.Usual;

    /// <summary>Where its nodes listen.</summary>
    public ListenSettings Listen { get; init; } = ListenSettings.Usual;

    /// <summary>Whether everybody may read what its nodes count, wherever they can reach it from.</summary>
    public bool HasPublicMetrics { get; init; }

    /// <summary>What is turned on.</summary>
    public FeatureSettings Features { get; init; } = FeatureSettings.Usual;

    /// <summary>What the keys of variables begin with.</summary>
    public const string VarsPrefix = VarsSection + ".";

    private const string VarsSection = "vars";

    private static readonly string[] Sections = [StoreSettings.Section, CoordinationSettings.Section, SecretSettings.Section, CatalogSettings.Section, FileSettings.Section, LimitSettings.Section, IsolationSettings.Section, QueueSettings.Section, WorkerSettings.Section, BusSettings.Section, CircuitSettings.Section, RetentionSettings.Section, ListenSettings.HttpKey, ListenSettings.GrpcKey, TlsSettings.Section, OidcSettings.Section, MetricsSettings.Key, FeatureSettings.Section, LogSettings.Section, TelemetrySettings.Section, ChannelSettings.Section, VarsSection, EnvironmentSettings.Section];

    /// <summary>What holds where nothing was set.</summary>
    public static ProjectSettings Usual { get; } = new(StoreSettings.Embedded, CoordinationSettings.Local, SecretSettings.Usual, Limits: default, IsolationSettings.Usual, QueueSettings.Usual, [], new Dictionary<string, Channel>(StringComparer.Ordinal), Environment: null);

    /// <summary>Checks and reads all settings.</summary>
    /// <param name="settings">Later ones win.</param>
    /// <param name="environment">The environment that they hold in.</param>
    /// <returns>The settings, or everything that is wrong with them.</returns>
    public static Result<ProjectSettings> Read(IReadOnlyList<Setting> settings, string? environment = null)
    {
        var errors = settings.Select(Refuse).OfType<Error>().Concat(StoreSettings.FindMissing(settings, environment)).ToList();
        if (errors.Count == 0) errors.AddRange([.. SecretSettings.FindMissing(settings), .. CatalogSettings.FindMissing(settings), .. FileSettings.FindMissing(settings), .. WorkerSettings.FindMissing(settings), .. BusSettings.FindMissing(settings), .. ChannelSettings.FindMissing(settings), .. TlsSettings.FindMissing(settings), .. OidcSettings.FindMissing(settings), .. RetentionSettings.FindMissing(settings, StoreSettings.Read(settings, environment))]);
        if (errors.Count > 0) return errors.ToArray();
        var store = StoreSettings.Read(settings, environment);
        errors.AddRange(CoordinationSettings.FindMissing(settings, store.Kind));
        return errors.Count > 0
            ? errors.ToArray()
            : new ProjectSettings(
                store,
                CoordinationSettings.Read(settings, store.Kind),
                SecretSettings.Read(settings),
                LimitSettings.Read(settings),
                IsolationSettings.Read(settings),
                QueueSettings.Read(settings),
                [.. settings.Where(setting => setting.Key.StartsWith(VarsPrefix, StringComparison.Ordinal))],
                ChannelSettings.Read(settings),
                environment)
            { Circuit = CircuitSettings.Read(settings), Catalog = CatalogSettings.Read(settings, environment), Files = FileSettings.Read(settings, environment), Workers = WorkerSettings.Read(settings), Bus = BusSettings.Read(settings), Retention = RetentionSettings.Read(settings), Listen = ListenSettings.Read(settings), HasPublicMetrics = MetricsSettings.ArePublic(settings), Features = FeatureSettings.Read(settings), Log = LogSettings.Read(settings), Telemetry = TelemetrySettings.Read(settings), Tls = TlsSettings.Read(settings), Oidc = OidcSettings.Read(settings) };
    }

    /// <summary>Says what is wrong with one setting; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key.Split('.')[0] switch
    {
        _ when setting.IsList && !IsolationSettings.IsList(setting) && !ChannelSettings.IsList(setting) && !WorkerSettings.IsList(setting) && !BusSettings.IsList(setting) => new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be a text", setting.At),
        StoreSettings.Section => StoreSettings.Refuse(setting),
        CoordinationSettings.Section => CoordinationSettings.Refuse(setting),
        SecretSettings.Section => SecretSettings.Refuse(setting),
        CatalogSettings.Section => CatalogSettings.Refuse(setting),
        FileSettings.Section => FileSettings.Refuse(setting),
        LimitSettings.Section => LimitSettings.Refuse(setting),
        IsolationSettings.Section => IsolationSettings.Refuse(setting),
        QueueSettings.Section => QueueSettings.Refuse(setting),
        WorkerSettings.Section => WorkerSettings.Refuse(setting),
        BusSettings.Section => BusSettings.Refuse(setting),
        CircuitSettings.Section => CircuitSettings.Refuse(setting),
        RetentionSettings.Section => RetentionSettings.Refuse(setting),
        ListenSettings.HttpKey or ListenSettings.GrpcKey => ListenSettings.Refuse(setting),
        MetricsSettings.Key => MetricsSettings.Refuse(setting),
        FeatureSettings.Section => FeatureSettings.Refuse(setting),
        TlsSettings.Section => TlsSettings.Refuse(setting),
        OidcSettings.Section => OidcSettings.Refuse(setting),
        LogSettings.Section => LogSettings.Refuse(setting),
        TelemetrySettings.Section => TelemetrySettings.Refuse(setting),
        ChannelSettings.Section => ChannelSettings.Refuse(setting),
        VarsSection when setting.Key.Length > VarsPrefix.Length => null,
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known are those of: {string.Join(", ", setting.IsOfEnvironment ? Sections.Except([EnvironmentSettings.Section], StringComparer.Ordinal) : Sections)}", setting.At),
    };
}
