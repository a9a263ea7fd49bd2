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
    private const string KindKey = "store.kind";
    private const string ConnectionKey = "store.connection";
    private const string SchemaKey = "store.schema";
    private const string ArchiveKey = "store.archive";
    private const string MasterKeyKey = "store.master_key";
    private const int MasterKeySize = 32;

    // Parts of FlexCore that are to come have settings of their own; who writes one now must not believe that it does something.
    private static readonly string[] LaterSections = ["coordination", "catalog", "files", "secrets", "isolation"];

    /// <summary>How the log is signed.</summary>
    public CheckpointSettings Checkpoints { get; private init; } = CheckpointSettings.Usual;

    /// <summary>Under which the keys of personal data are wrapped; null leaves it to a file in the data directory.</summary>
    public ReadOnlyMemory<byte>? MasterKey { get; private init; }

    /// <summary>The folder for what leaves the database, as an absolute path; null leaves it to one in the data directory.</summary>
    public string? ArchiveFolder { get; private init; }

    /// <summary>A file in the data directory.</summary>
    public static StoreSettings Embedded { get; } = new(StoreKind.Sqlite, "", "flexcore");

    /// <summary>Takes the settings of the store out of all settings.</summary>
    /// <param name="settings">Later ones win.</param>
    /// <returns>The settings, or everything that is wrong with them.</returns>
    public static Result<StoreSettings> Read(IReadOnlyList<Setting> settings)
    {
        var errors = settings.Select(Refuse).OfType<Error>().ToList();
        var (kind, connection, schema) = (Last(KindKey), Last(ConnectionKey), Last(SchemaKey));
        var isPostgres = string.Equals(kind?.Value, "postgres", StringComparison.OrdinalIgnoreCase);
        if (isPostgres && string.IsNullOrWhiteSpace(connection?.Value))
        {
            errors.Add(new Error(
                ErrorCodes.MissingKey,
                $"'{ConnectionKey}' is missing: {kind!.Name} is postgres",
                kind.At,
                "Set it in flexcore.yaml or in FLEXCORE__STORE__CONNECTION: Host=db;Database=flexcore;Username=flexcore;Password=…"));
        }

        if (errors.Count > 0) return errors.ToArray();
        var store = isPostgres ? new StoreSettings(StoreKind.Postgres, connection!.Value, schema?.Value ?? Embedded.Schema) : Embedded;
        return store with
        {
            Checkpoints = CheckpointSettings.Read(settings),
            ArchiveFolder = Last(ArchiveKey)?.Value,
            MasterKey = Last(MasterKeyKey) is { } masterKey ? ReadMasterKey(masterKey.Value) : default(ReadOnlyMemory<byte>?),
        };

        Setting? Last(string key) => settings.LastOrDefault(setting => setting.Key == key);
    }

    /// <summary>Neither the connection, with a password perhaps, nor the master key.</summary>
    public override string ToString() => $"{Kind}, schema {Schema}";

    private static Error? Refuse(Setting setting) => setting.Key switch
    {
        KindKey => setting.Value.ToLowerInvariant() is "sqlite" or "postgres" ? null : Invalid(setting, "must be one of: sqlite, postgres"),
        SchemaKey => SchemaName().IsMatch(setting.Value) ? null : Invalid(setting, "must be a name of small letters, digits and underscores, at most 63, that begins with a letter"),
        ConnectionKey => null,
        ArchiveKey => Path.IsPathFullyQualified(setting.Value) ? null : Invalid(setting, "must be the absolute path of a folder, the same on every machine that opens the store"),
        MasterKeyKey when setting.At is not null => Invalid(setting, "belongs in the environment (FLEXCORE__STORE__MASTER_KEY), not in a file"),
        MasterKeyKey => ReadMasterKey(setting.Value) is null ? Invalid(setting, $"must be {MasterKeySize} bytes in base64, for example of `head -c {MasterKeySize} /dev/urandom | base64`") : null,
        _ when setting.Key.StartsWith(CheckpointSettings.Section, StringComparison.Ordinal) => CheckpointSettings.Refuse(setting),
        _ when LaterSections.Contains(setting.Key.Split('.')[0]) => new Error(ErrorCodes.NotInThisVersion, $"'{setting.Name}' is not in this version of FlexCore yet", setting.At),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {KindKey}, {ConnectionKey}, {SchemaKey}, {ArchiveKey}", setting.At),
    };

    private static byte[]? ReadMasterKey(string base64)
    {
        var key = new byte[MasterKeySize];
        return Convert.TryFromBase64String(base64, key, out var length) && length == MasterKeySize ? key : null;
    }

    private static Error Invalid(Setting setting, string what) => new(ErrorCodes.InvalidValue, $"'{setting.Name}' {what}", setting.At);

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,62}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SchemaName();
}
