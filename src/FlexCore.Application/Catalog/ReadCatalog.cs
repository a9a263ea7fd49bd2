using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Catalog;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Catalog;

/// <summary>Entries of the catalog in the order of their names.</summary>
/// <param name="Kind">Of what.</param>
/// <param name="After">Those behind this name; null for those from the first one on.</param>
/// <param name="Limit">At most so many.</param>
public sealed record ListCatalog(string Kind, string? After, int Limit) : IQuery<IReadOnlyList<CatalogEntry>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public IEnumerable<Error> Validate() => CatalogRules.RefusePlace(Kind, After) is { } refusal ? [refusal] : [];
}

/// <summary>One entry of the catalog.</summary>
/// <param name="Kind">Of what.</param>
/// <param name="Id">Which one.</param>
public sealed record GetCatalogEntry(string Kind, string Id) : IQuery<CatalogEntry>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public IEnumerable<Error> Validate() => CatalogRules.RefusePlace(Kind, Id) is { } refusal ? [refusal] : [];
}

/// <summary>Reads the catalog.</summary>
public sealed class ReadCatalog(ICatalog catalog) : IHandler<ListCatalog, IReadOnlyList<CatalogEntry>>, IHandler<GetCatalogEntry, CatalogEntry>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<CatalogEntry>>> HandleAsync(ListCatalog request, Caller caller, CancellationToken cancellationToken) =>
        (await catalog.ListAsync(request.Kind, request.After, request.Limit, cancellationToken)).ToArray();

    /// <inheritdoc/>
    public async Task<Result<CatalogEntry>> HandleAsync(GetCatalogEntry request, Caller caller, CancellationToken cancellationToken) =>
        await catalog.FindAsync(request.Kind, request.Id, cancellationToken) is { } found ? found : Missing(request.Kind, request.Id);

    /// <summary>There is none of that name.</summary>
    public static Error Missing(string kind, string id) => new(ErrorCodes.NotFound, $"there is no {kind} {id} in the catalog", SpecificRemedy: $"See `flexcore catalog list {kind}`.");
}
