using System.Text.Json;

namespace FlexCore.Application.Ports;

/// <summary>What a project keeps beside its pipelines. It is state; each change of it is an event (<see cref="Domain.Catalog.CatalogChanged"/>).</summary>
public interface ICatalog
{
    /// <summary>Gets an entry.</summary>
    /// <returns>Null where there is none.</returns>
    ValueTask<CatalogEntry?> FindAsync(string kind, string id, CancellationToken cancellationToken);

    /// <summary>Lists entries of a kind in the order of their names.</summary>
    /// <param name="kind">Of what.</param>
    /// <param name="after">Those behind this name; null for those from the first one on.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(string kind, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Creates, replaces or deletes an entry, durably, with the event of it.</summary>
    /// <param name="kind">Of what.</param>
    /// <param name="id">Which one.</param>
    /// <param name="document">What it is to say; null where it is to be deleted.</param>
    /// <param name="expected">The version at which it must be; null where it must not be there.</param>
    /// <param name="context">What it is done for.</param>
    /// <param name="cancellationToken">Looked at until the work starts.</param>
    /// <returns>The entry; null where it was deleted.</returns>
    /// <exception cref="Domain.Errors.FlexCoreException">FX1052: it is at another version, which the error names.</exception>
    ValueTask<CatalogEntry?> WriteAsync(string kind, string id, JsonElement? document, string? expected, EventContext context, CancellationToken cancellationToken);
}

/// <summary>An entry of the catalog.</summary>
/// <param name="Kind">Of what.</param>
/// <param name="Id">Which one.</param>
/// <param name="Version">At which version: a hash of what it says.</param>
/// <param name="Document">What it says.</param>
public sealed record CatalogEntry(string Kind, string Id, string Version, JsonElement Document);
