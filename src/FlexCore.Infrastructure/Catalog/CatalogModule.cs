using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Infrastructure.DynamoDb;
using FlexCore.Infrastructure.Events;
using FlexCore.Infrastructure.Persistence;
using FlexCore.Infrastructure.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Catalog;

/// <summary>Composes the catalog of a project. Nothing is opened before it is used.</summary>
internal sealed class CatalogModule : IAsyncDisposable
{
    private readonly IAsyncDisposable? _client;

    private CatalogModule(IEntityStore store, EventLog log, CatalogIntents? intents, IAsyncDisposable? client = null) => (Store, Catalog, _client) = (store, new StoredCatalog(store, log, intents), client);

    public ICatalog Catalog { get; }

    /// <summary>What it is in.</summary>
    public IEntityStore Store { get; }

    public static CatalogModule Create(string dataDirectory, string storeFile, ProjectSettings settings, EventLog log, TimeProvider time)
    {
        var (path, store) = (settings.Catalog.Path, settings.Store);
        switch (settings.Catalog.Kind)
        {
            case CatalogKind.JsonFile:
                var file = path ?? Path.Combine(dataDirectory, "catalog.json");
                return InFiles(new JsonFileStore(file, time), file);
            case CatalogKind.JsonFolder:
                var folder = path ?? Path.Combine(dataDirectory, "catalog");
                return InFiles(new JsonFolderStore(folder, time), folder);
            case CatalogKind.DynamoDb:
                var dynamo = new DynamoDbClient("catalog", new DynamoDbOptions { Region = settings.Catalog.Region, Endpoint = settings.Catalog.Endpoint }, NullLoggerFactory.Instance, time);
                var items = new DynamoDbEntityStore(dynamo, settings.Catalog.Table, time);
                return new CatalogModule(items, log, new CatalogIntents(items, log, Path.Combine(dataDirectory, "catalog.intents"), isInFiles: false, time), dynamo);
            case var _ when store.Kind == StoreKind.Postgres:
                var postgres = new PostgresClient("catalog", new PostgresOptions { Connection = store.Connection }, NullLoggerFactory.Instance, time);
                return new CatalogModule(new PostgresEntityStore(postgres, $"{store.Schema}.catalog"), log, intents: null, postgres);
            default:
                return new CatalogModule(new SqliteEntityStore(storeFile, "catalog"), log, intents: null);
        }

        CatalogModule InFiles(IEntityStore files, string place) => new(files, log, new CatalogIntents(files, log, $"{place.TrimEnd('/')}.intents", isInFiles: true, time));
    }

    public ValueTask DisposeAsync() => _client?.DisposeAsync() ?? default;
}
