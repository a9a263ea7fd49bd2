using System.Text.RegularExpressions;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>What keeps the events.</summary>
public enum StoreKind
{
    /// <summary>A file in the data directory.</summary>
    Sqlite,

    /// <summary>A PostgreSQL server.</summary>
    Postgres,
}

/// <summary>Which event store a command works with.</summary>
/// <param name="Kind">What keeps the events.</param>
/// <param name="Connection">How the server is reached; with a password in it, so it is never shown.</param>
/// <param name="Schema">The schema of the tables in the server's database.</param>
public sealed partial record StoreSettings(StoreKind Kind, string Connection, string Schema)
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "store";

    private const string KindKey = Section + ".kind";
    private const string ConnectionKey = Section + ".connection";
    private const string SchemaKey = Section + ".schema";
    private const string ArchiveKey = Section + ".archive";
    private const string MasterKeyKey = Section + ".master_key";
    private const int MasterKeySize = 32;

    /// <summary>How the log is signed.</summary>
    public CheckpointSettings Checkpoints { get; private init; } = CheckpointSettings.Usual;

    /// <summary>Under which the keys of personal data are wrapped; null leaves it to a file in the data directory.</summary>
    public ReadOnlyMemory<byte>? MasterKey { get; private init; }

    /// <summary>The folder for what leaves the database, as an absolute path; null leaves it to one in the data directory.</summary>
    public string? ArchiveFolder { get; private init; }

    /// <summary>A file in the data directory.</summary>
    public static StoreSettings Embedded { get; } = new(StoreKind.Sqlite, "", "flexcore");

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused and among which none is missing; later ones win.</param>
    /// <param name="environment">The environment that they hold in; null for none.</param>
    public static StoreSettings Read(IReadOnlyList<Setting> settings, string? environment)
    {
        var (connection, schema) = PlaceOf(settings, environment);
        var store = IsPostgres(settings.Find(KindKey)) ? new StoreSettings(StoreKind.Postgres, connection, schema) : Embedded;
        var archive = settings.Find(ArchiveKey);
        return store with
        {
            Checkpoints = CheckpointSettings.Read(settings),
            ArchiveFolder = archive is { IsOfEnvironment: false } && environment is not null ? Path.Combine(archive.Value, environment) : archive?.Value,
            MasterKey = settings.Find(MasterKeyKey) is { } masterKey ? ReadMasterKey(masterKey.Value) : default(ReadOnlyMemory<byte>?),
        };
    }

    /// <summary>
    /// The server and the schema on it. An environment that has neither for itself has a schema of its own on the usual server, for with the schema it would share
    /// all state.
    /// </summary>
    public static (string Connection, string Schema) PlaceOf(IReadOnlyList<Setting> settings, string? environment)
    {
        var (connection, schema) = (settings.Find(ConnectionKey), settings.Find(SchemaKey));
        var isOwn = environment is null || connection is { IsOfEnvironment: true } || schema is { IsOfEnvironment: true };
        var usual = schema?.Value ?? Embedded.Schema;
        return (connection?.Value ?? Embedded.Connection, isOwn ? usual : $"{usual}_{environment!.Replace('-', '_')}");
    }

    /// <summary>What is needed beside what was set.</summary>
    public static IEnumerable<Error> FindMissing(IReadOnlyList<Setting> settings, string? environment)
    {
        var (_, schema) = PlaceOf(settings, environment);
        if (!SchemaName().IsMatch(schema))
            yield return new Error(ErrorCodes.InvalidValue, $"'{schema}' is too long for a schema", SpecificRemedy: $"Give the environment {environment} a `{SchemaKey}` of its own.");

        var kind = settings.Find(KindKey);
        if (!IsPostgres(kind) || !string.IsNullOrWhiteSpace(settings.Find(ConnectionKey)?.Value)) yield break;
        yield return new Error(
            ErrorCodes.MissingKey,
            $"'{ConnectionKey}' is missing: {kind!.Name} is postgres",
            kind.At,
            "Set it in flexcore.yaml or in FLEXCORE__STORE__CONNECTION: Host=db;Database=flexcore;Username=flexcore;Password=…");
    }

    /// <summary>Neither the connection, with a password perhaps, nor the master key.</summary>
    public override string ToString() => $"{Kind}, schema {Schema}";

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        KindKey => setting.Value.ToLowerInvariant() is "sqlite" or "postgres" ? null : Invalid(setting, "must be one of: sqlite, postgres"),
        SchemaKey => SchemaName().IsMatch(setting.Value) ? null : Invalid(setting, "must be a name of small letters, digits and underscores, at most 63, that begins with a letter"),
        ConnectionKey => null,
        ArchiveKey => Path.IsPathFullyQualified(setting.Value) ? null : Invalid(setting, "must be the absolute path of a folder, the same on every machine that opens the store"),
        MasterKeyKey when setting.At is not null => Invalid(setting, "belongs in the environment (FLEXCORE__STORE__MASTER_KEY), not in a file"),
        MasterKeyKey => ReadMasterKey(setting.Value) is null ? Invalid(setting, $"must be {MasterKeySize} bytes in base64, for example of `head -c {MasterKeySize} /dev/urandom | base64`") : null,
        _ when setting.Key.StartsWith(CheckpointSettings.Section, StringComparison.Ordinal) => CheckpointSettings.Refuse(setting),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {KindKey}, {ConnectionKey}, {SchemaKey}, {ArchiveKey}, {CheckpointSettings.Section}*", setting.At),
    };


    private static bool IsPostgres(Setting? kind) => string.Equals(kind?.Value, "postgres", StringComparison.OrdinalIgnoreCase);

    private static byte[]? ReadMasterKey(string base64)
    {
        var key = new byte[MasterKeySize];
        return Convert.TryFromBase64String(base64, key, out var length) && length == MasterKeySize ? key : null;
    }

    private static Error Invalid(Setting setting, string what) => new(ErrorCodes.InvalidValue, $"'{setting.Name}' {what}", setting.At);

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,62}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SchemaName();
}
