using FlexCore.Infrastructure.DynamoDb;
using FlexCore.Infrastructure.Persistence;
using FlexCore.Infrastructure.Postgres;
using FlexCore.Infrastructure.Tests.DynamoDb;
using FlexCore.Infrastructure.Tests.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Persistence;

/// <summary>Entities in one file.</summary>
public sealed class JsonFileStoreConformance : CrashConformance
{
    private readonly DataFolder _folder = new();

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return base.DisposeAsync();
    }

    private protected override IEntityStore Open() => new JsonFileStore(Path.Combine(_folder.Path, "catalog.json"), TimeProvider.System);

    private protected override IEntityStore Open(Action<string> beforeWrite) => new JsonFileStore(Path.Combine(_folder.Path, "catalog.json"), TimeProvider.System) { BeforeStep = beforeWrite };
}

/// <summary>Entities in a folder.</summary>
public sealed class JsonFolderStoreConformance : CrashConformance
{
    private readonly DataFolder _folder = new();

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return base.DisposeAsync();
    }

    private protected override IEntityStore Open() => new JsonFolderStore(Path.Combine(_folder.Path, "catalog"), TimeProvider.System);

    private protected override IEntityStore Open(Action<string> beforeWrite) => new JsonFolderStore(Path.Combine(_folder.Path, "catalog"), TimeProvider.System) { BeforeStep = beforeWrite };
}

/// <summary>Entities in SQLite.</summary>
public sealed class SqliteEntityStoreConformance : EntityStoreConformance
{
    private readonly DataFolder _folder = new();

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return base.DisposeAsync();
    }

    private protected override IEntityStore Open() => new SqliteEntityStore(Path.Combine(_folder.Path, "catalog.db"));
}

/// <summary>Entities in PostgreSQL.</summary>
public sealed class PostgresEntityStoreConformance(SharedPostgres postgres) : EntityStoreConformance, IClassFixture<SharedPostgres>
{
    private readonly PostgresClient _client = SharedPostgres.Connect(postgres.Server.ConnectionString);
    private readonly string _table = $"t{Guid.NewGuid():n}";

    public override async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await base.DisposeAsync();
    }

    private protected override IEntityStore Open() => new PostgresEntityStore(_client, _table);
}

/// <summary>Entities in DynamoDB.</summary>
public sealed class DynamoDbEntityStoreConformance(SharedDynalite dynalite) : CrashConformance, IClassFixture<SharedDynalite>
{
    private readonly DynamoDbClient _client = new("dynamodb", new DynamoDbOptions { Endpoint = dynalite.Server.Address, AccessKey = "key", SecretKey = "secret" }, NullLoggerFactory.Instance, TimeProvider.System);
    private readonly string _table = $"t{Guid.NewGuid():n}";

    public override async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await base.DisposeAsync();
    }

    private protected override IEntityStore Open() => new DynamoDbEntityStore(_client, _table, TimeProvider.System) { Patience = TimeSpan.FromMilliseconds(200) };

    private protected override IEntityStore Open(Action<string> beforeWrite) => new DynamoDbEntityStore(_client, _table, TimeProvider.System) { BeforeStep = beforeWrite };
}
