using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>What keeps the processes of a project apart, and wakes them.</summary>
public enum CoordinationKind
{
    /// <summary>Files of the data directory: all processes are on one machine.</summary>
    Local,

    /// <summary>The PostgreSQL server that has the log.</summary>
    Postgres,

    /// <summary>A Redis server, and PostgreSQL where that is away.</summary>
    Redis,
}

/// <summary>What keeps the processes of a project apart, and wakes them.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Connection">How Redis is reached; with a password in it, so it is never shown.</param>
public sealed record CoordinationSettings(CoordinationKind Kind, string Connection)
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "coordination";

    private const string KindKey = Section + ".kind";
    private const string ConnectionKey = Section + ".connection";

    /// <summary>Files.</summary>
    public static CoordinationSettings Local { get; } = new(CoordinationKind.Local, "");

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused and among which none is missing; later ones win.</param>
    /// <param name="store">What keeps the events, which decides where nothing is said.</param>
    public static CoordinationSettings Read(IReadOnlyList<Setting> settings, StoreKind store) =>
        FindKind(settings) is { } kind && KindOf(kind) is CoordinationKind.Redis ? new(CoordinationKind.Redis, settings.Find(ConnectionKey)!.Value) : new(UsualOf(store), "");

    /// <summary>What is needed beside what was set, or does not go with it.</summary>
    /// <param name="settings">Settings that were not refused.</param>
    /// <param name="store">What keeps the events.</param>
    public static IEnumerable<Error> FindMissing(IReadOnlyList<Setting> settings, StoreKind store)
    {
        if (FindKind(settings) is not { } kind) yield break;
        var usual = UsualOf(store);
        if (KindOf(kind) is CoordinationKind.Redis)
        {
            if (store != StoreKind.Postgres)
                yield return new Error(ErrorCodes.InvalidValue, $"{kind.Name} is redis, which is for several machines, and the store is a file of one", kind.At, "Set store.kind to postgres, or leave `coordination` out.");
            if (string.IsNullOrWhiteSpace(settings.Find(ConnectionKey)?.Value))
                yield return new Error(ErrorCodes.MissingKey, $"'{ConnectionKey}' is missing: {kind.Name} is redis", kind.At, "Set it in flexcore.yaml or in FLEXCORE__COORDINATION__CONNECTION: redis:6379,password=…");
        }
        else if (KindOf(kind) != usual)
        {
            yield return new Error(ErrorCodes.InvalidValue, $"{kind.Name} is {kind.Value}, which does not go with this store", kind.At, $"Leave it out, or set it to {usual.ToString().ToLowerInvariant()}{(store == StoreKind.Postgres ? " or redis" : "")}.");
        }
    }

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        KindKey or Section => KindOf(setting) is null ? new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be one of: local, postgres, redis", setting.At) : null,
        ConnectionKey => null,
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {KindKey}, {ConnectionKey}", setting.At),
    };

    /// <summary>Not the connection, with a password perhaps.</summary>
    public override string ToString() => $"{Kind}";

    private static CoordinationKind UsualOf(StoreKind store) => store == StoreKind.Postgres ? CoordinationKind.Postgres : CoordinationKind.Local;

    private static CoordinationKind? KindOf(Setting setting) => setting.Value.ToLowerInvariant() switch
    {
        "local" => CoordinationKind.Local,
        "postgres" => CoordinationKind.Postgres,
        "redis" => CoordinationKind.Redis,
        _ => null,
    };

    private static Setting? FindKind(IReadOnlyList<Setting> settings) => settings.LastOrDefault(setting => setting.Key is KindKey or Section);

}
