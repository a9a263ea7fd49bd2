using System.Security.Cryptography;
using System.Text;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>
/// Makes one store have what another one has, while that one is used. What is the same there already, by the hash of what it says, is passed over: so it goes on where it was cut off, and has
/// ended when it has gone through all without finding a difference. Nobody else writes to the store that it fills.
/// </summary>
/// <param name="from">Stays as it is.</param>
/// <param name="to">Has the same and nothing else in the end.</param>
public sealed class EntityMigration(IEntityStore from, IEntityStore to)
{
    private const int AtOnce = 200;
    private const int MostPasses = 100;

    /// <summary>Does it.</summary>
    /// <param name="progress">Told how many entities were looked at so far, and how many of them were changed; null for nobody.</param>
    /// <param name="cancellationToken">Ends it; what was copied stays.</param>
    /// <returns>How many entities there are, and a hash over all of them, in the order of kinds and ids.</returns>
    /// <exception cref="FlexCoreException">FX3005: there were changes all the time. FX3001: somebody else writes to the store that is filled.</exception>
    public async Task<MigratedEntities> RunAsync(IProgress<(long Looked, long Changed)>? progress, CancellationToken cancellationToken)
    {
        var (looked, changed) = (0L, 0L);
        for (var pass = 0; pass < MostPasses; pass++)
        {
            using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var (count, before) = (0L, changed);
            foreach (var kind in (await from.KindsAsync(cancellationToken)).Union(await to.KindsAsync(cancellationToken), StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList())
            {
                string? after = null;
                do
                {
                    var page = await from.ListAsync(new EntityQuery(kind) { After = after, Limit = AtOnce }, cancellationToken);
                    changed += await CopyAsync(page.Entities, await ThereAsync(kind, after, page.Next, cancellationToken), cancellationToken);
                    foreach (var entity in page.Entities) sum.AppendData(Encoding.UTF8.GetBytes($"{entity.Kind}/{entity.Id} {HashOf(entity)}\n"));
                    (count, looked, after) = (count + page.Entities.Count, looked + page.Entities.Count, page.Next);
                    progress?.Report((looked, changed));
                }
                while (after is not null);
            }

            if (changed == before) return new MigratedEntities(count, changed, Convert.ToHexStringLower(sum.GetHashAndReset()));
        }

        throw new FlexCoreException(new Error(ErrorCodes.StoreBusy, "what is migrated was changed all the time", SpecificRemedy: "Start it again when less is changed; it goes on where it was."));
    }

    /// <summary>What the store that is filled has behind one id, up to another one.</summary>
    private async ValueTask<Dictionary<string, Entity>> ThereAsync(string kind, string? after, string? last, CancellationToken cancellationToken)
    {
        var there = new Dictionary<string, Entity>(StringComparer.Ordinal);
        do
        {
            var page = await to.ListAsync(new EntityQuery(kind) { After = after, Limit = AtOnce }, cancellationToken);
            foreach (var entity in page.Entities)
            {
                if (last is not null && string.CompareOrdinal(entity.Id, last) > 0) return there;
                there.Add(entity.Id, entity);
            }

            after = page.Next;
        }
        while (after is not null);
        return there;
    }

    /// <returns>How many were changed.</returns>
    private async ValueTask<int> CopyAsync(IReadOnlyList<Entity> wanted, Dictionary<string, Entity> there, CancellationToken cancellationToken)
    {
        List<EntityChange> changes = [];
        foreach (var entity in wanted)
        {
            if (!there.Remove(entity.Id, out var old)) changes.Add(EntityChange.Create(entity));
            else if (HashOf(old) != HashOf(entity)) changes.Add(EntityChange.Update(entity, old.Version));
        }

        changes.AddRange(there.Values.Select(entity => EntityChange.Delete(entity.Kind, entity.Id, entity.Version)));
        foreach (var some in changes.Chunk(AtOnce)) await to.CommitAsync(some, cancellationToken);
        return changes.Count;
    }

    // Of what it says, not of what a store keeps beside it.
    private static string HashOf(Entity entity) => EntityDocument.VersionOf(entity.Document);
}

/// <summary>What a migration has come to.</summary>
/// <param name="Count">How many entities both stores have.</param>
/// <param name="Changed">How many were created, replaced or deleted in the one that was filled.</param>
/// <param name="Hash">SHA-256 over all of them, in hexadecimal digits.</param>
public sealed record MigratedEntities(long Count, long Changed, string Hash);
