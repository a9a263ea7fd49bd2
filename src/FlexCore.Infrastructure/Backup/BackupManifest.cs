using System.Text.Json.Serialization;

namespace FlexCore.Infrastructure.Backup;

/// <summary>What is in a backup. It is the first file of it.</summary>
/// <param name="Format">Of the backup; this program knows 1.</param>
/// <param name="At">When it was made.</param>
/// <param name="Store">sqlite, or postgres.</param>
/// <param name="Schema">The schema of the tables on PostgreSQL; null on SQLite.</param>
/// <param name="SchemaVersion">The version of the tables.</param>
/// <param name="Events">The position of the last event when it was begun.</param>
/// <param name="Files">Its other files, in their order.</param>
internal sealed record BackupManifest(int Format, DateTimeOffset At, string Store, string? Schema, int SchemaVersion, long Events, IReadOnlyList<BackupEntry> Files)
{
    /// <summary>The format that this program writes and reads.</summary>
    public const int Known = 1;

    /// <summary>The name of its file.</summary>
    public const string FileName = "backup.json";

    /// <summary>The value of <see cref="Store"/> for a file of SQLite.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>The value of <see cref="Store"/> for a database on PostgreSQL.</summary>
    public const string Postgres = "postgres";
}

/// <summary>A file of a backup.</summary>
/// <param name="Path">Where it belongs in the data directory.</param>
/// <param name="Bytes">How large it is.</param>
/// <param name="Sha256">Its hash, in hexadecimal; of a link, that of where it points.</param>
/// <param name="Link">Where it points, if it is a link; null for a file.</param>
internal sealed record BackupEntry(string Path, long Bytes, string Sha256, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Link = null);

/// <summary>How it is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BackupManifest))]
internal sealed partial class BackupJson : JsonSerializerContext;
