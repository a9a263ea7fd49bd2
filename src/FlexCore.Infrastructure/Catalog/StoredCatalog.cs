using System.Text;
using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Catalog;
using FlexCore.Domain.Errors;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Events;
using FlexCore.Infrastructure.Persistence;

namespace FlexCore.Infrastructure.Catalog;

/// <summary>The catalog in a store of entities. In the database of the log, an event and what it tells become true in one transaction; elsewhere see <see cref="CatalogIntents"/>.</summary>
internal sealed class StoredCatalog(IEntityStore store, EventLog log, CatalogIntents? intents) : ICatalog
{
    /// <summary>The most that a store gives at once.</summary>
    private const int LargestPage = 1000;

    public async ValueTask<CatalogEntry?> FindAsync(string kind, string id, CancellationToken cancellationToken)
    {
        if (intents is not null) await intents.FinishAsync(cancellationToken);
        return await store.FindAsync(kind, id, cancellationToken) is { } entity ? Describe(entity) : null;
    }

    public async ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(string kind, string? after, int limit, CancellationToken cancellationToken)
    {
        if (intents is not null) await intents.FinishAsync(cancellationToken);
        List<CatalogEntry> entries = [];
        do
        {
            var page = await store.ListAsync(new EntityQuery(kind) { After = after, Limit = Math.Min(limit - entries.Count, LargestPage) }, cancellationToken);
            entries.AddRange(page.Entities.Select(Describe));
            after = page.Next;
        }
        while (after is not null && entries.Count < limit);
        return entries;
    }

    public async ValueTask<CatalogEntry?> WriteAsync(string kind, string id, JsonElement? document, string? expected, EventContext context, CancellationToken cancellationToken)
    {
        var entity = document is { } says ? Entity.Create(kind, id, Encoding.UTF8.GetBytes(says.GetRawText())) : null;
        var change = entity is null ? EntityChange.Delete(kind, id, expected!) : expected is null ? EntityChange.Create(entity) : EntityChange.Update(entity, expected);
        if (intents is not null) await intents.WriteAsync(change, context, cancellationToken);
        else await WriteWithEventAsync(change, context, cancellationToken);
        return entity is null ? null : Describe(entity);
    }

    /// <summary>What an event tells of an entity.</summary>
    public static CatalogChanged EventOf(EntityChange change, bool isFound) => new(change.Kind, change.Id, change.Expected, change.Entity?.Version, change.Entity is { } entity ? JsonElement.Parse(entity.Document.Span) : null, isFound);

    /// <summary>Somebody else was first.</summary>
    public static FlexCoreException Moved(string kind, string id, string? expected, string? current) => new(new Error(ErrorCodes.CatalogMoved, (expected, current) switch
    {
        (null, _) => $"{kind} {id} is there already, at version {current}",
        (_, null) => $"{kind} {id} is not there any more; it was expected at version {expected}",
        _ => $"{kind} {id} is at version {current}, and not at {expected}",
    }));

    private async ValueTask WriteWithEventAsync(EntityChange change, EventContext context, CancellationToken cancellationToken)
    {
        var statement = await ((SqlEntityStore)store).TranslateAsync(change, cancellationToken);
        try
        {
            await log.AppendAsync(EventStreams.Catalog(change.Kind, change.Id), [EventOf(change, isFound: false)], new TableChange(statement.Sql, statement.Parameters, MustMatch: true), context, cancellationToken);
        }
        catch (FlexCoreException e) when (e.InnerException is TableChangeRefusedException)
        {
            throw Moved(change.Kind, change.Id, change.Expected, (await store.FindAsync(change.Kind, change.Id, cancellationToken))?.Version);
        }
    }

    private static CatalogEntry Describe(Entity entity) => new(entity.Kind, entity.Id, entity.Version, JsonElement.Parse(entity.Document.Span));
}
