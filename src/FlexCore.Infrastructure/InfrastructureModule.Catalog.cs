using FlexCore.Application.Settings;
using FlexCore.Domain.Catalog;
using FlexCore.Infrastructure.Catalog;
using FlexCore.Infrastructure.Persistence;

namespace FlexCore.Infrastructure;

/// <content>The catalog from one place to another.</content>
public sealed partial class InfrastructureModule
{
    /// <summary>Makes one place have what another one has, while that one is used. Cut off, it goes on where it was.</summary>
    /// <param name="settings">Of the project.</param>
    /// <param name="from">Stays as it is.</param>
    /// <param name="to">Is not the one that is in use.</param>
    /// <param name="progress">Told how many entries were looked at so far, and how many of them were changed.</param>
    /// <param name="cancellationToken">Ends it; what was copied stays.</param>
    /// <returns>How many entries both have, how many were changed, and a hash over all of them.</returns>
    public async Task<(long Entries, long Changed, string Hash)> MigrateCatalogAsync(ProjectSettings settings, CatalogSettings from, CatalogSettings to, IProgress<(long Looked, long Changed)>? progress, CancellationToken cancellationToken)
    {
        await using var source = Open(from);
        await using var target = Open(to);

        // What somebody was cut off at is finished before.
        foreach (var catalog in new[] { source, target }) await catalog.Catalog.ListAsync(CatalogRules.Connection, after: null, limit: 1, cancellationToken);
        var migrated = await new EntityMigration(source.Store, target.Store).RunAsync(progress, cancellationToken);
        return (migrated.Count, migrated.Changed, migrated.Hash);

        CatalogModule Open(CatalogSettings place) => CatalogModule.Create(_dataDirectory, Path.Combine(_dataDirectory, StoreFile), settings with { Catalog = place }, _log, _time);
    }
}
