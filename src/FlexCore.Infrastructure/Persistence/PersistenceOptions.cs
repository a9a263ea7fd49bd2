namespace FlexCore.Infrastructure.Persistence;

/// <summary>Where entities are kept. The section <c>FlexCore:Persistence</c>.</summary>
public sealed class PersistenceOptions
{
    /// <summary>In what.</summary>
    public EntityStoreKind Kind { get; set; } = EntityStoreKind.JsonFolder;

    /// <summary>The file of <c>JsonFile</c> and <c>Sqlite</c>, the folder of <c>JsonFolder</c>.</summary>
    public string Path { get; set; } = "";

    /// <summary>The client of <c>Postgres</c>, <c>SqlServer</c> and <c>DynamoDb</c>, where it is a named instance.</summary>
    public string Client { get; set; } = "";

    /// <summary>The table of databases; <c>schema.table</c> for one in a schema of PostgreSQL or SQL Server.</summary>
    public string Table { get; set; } = "entities";

    internal List<string> Unread { get; } = [];

    private bool IsInFiles => Kind is EntityStoreKind.JsonFile or EntityStoreKind.JsonFolder or EntityStoreKind.Sqlite;

    internal IEnumerable<(string Key, string Problem)> Problems()
    {
        if (!Enum.IsDefined(Kind)) yield return (nameof(Kind), $"must be one of {string.Join(", ", Enum.GetNames<EntityStoreKind>())}");
        if (IsInFiles && Path.Length == 0) yield return (nameof(Path), $"is missing; {Kind} needs it");
        if (!IsInFiles && Path.Length > 0) yield return (nameof(Path), $"means nothing to {Kind}");
        if (IsInFiles && Client.Length > 0) yield return (nameof(Client), $"means nothing to {Kind}");
        if (!EntityRules.IsTable(Table)) yield return (nameof(Table), "must be of letters from a to z, digits and underscores, with a schema and a dot before it where there is one");
    }
}

/// <summary>In what entities are kept.</summary>
public enum EntityStoreKind
{
    /// <summary>One file of JSON: <see cref="JsonFileStore"/>.</summary>
    JsonFile,

    /// <summary>A file of JSON for each entity: <see cref="JsonFolderStore"/>.</summary>
    JsonFolder,

    /// <summary>SQLite: <see cref="SqliteEntityStore"/>.</summary>
    Sqlite,

    /// <summary>PostgreSQL: <see cref="PostgresEntityStore"/>.</summary>
    Postgres,

    /// <summary>SQL Server: <see cref="SqlServerEntityStore"/>.</summary>
    SqlServer,

    /// <summary>DynamoDB: <see cref="DynamoDbEntityStore"/>.</summary>
    DynamoDb,
}
