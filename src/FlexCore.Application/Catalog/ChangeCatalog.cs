using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Access;
using FlexCore.Domain.Catalog;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Catalog;

/// <summary>Writes an entry of the catalog, a new one or another one in its place.</summary>
/// <param name="Kind">Of what.</param>
/// <param name="Id">Which one.</param>
/// <param name="Document">What it is to say; secrets as references.</param>
/// <param name="ExpectedVersion">The version at which it must be; null where any may be, and none.</param>
public sealed record PutCatalogEntry(string Kind, string Id, JsonElement Document, string? ExpectedVersion) : ICommand<CatalogEntry>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;

    /// <inheritdoc/>
    public IEnumerable<Error> Validate() => CatalogRules.RefuseChange(Kind, Id) is { } refusal ? [refusal] : [.. CatalogRules.Refuse(Kind, Id, Document), .. RefuseChannel()];

    private IEnumerable<Error> RefuseChannel() => Kind == CatalogRules.Channel && Document.ValueKind == JsonValueKind.Object ? ChannelSettings.Read(Id, Document).Errors : [];
}

/// <summary>Deletes an entry of the catalog.</summary>
/// <param name="Kind">Of what.</param>
/// <param name="Id">Which one.</param>
/// <param name="ExpectedVersion">The version at which it must be; null where any may be.</param>
public sealed record DeleteCatalogEntry(string Kind, string Id, string? ExpectedVersion) : ICommand<string>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;

    /// <inheritdoc/>
    public IEnumerable<Error> Validate() => CatalogRules.RefuseChange(Kind, Id) is { } refusal ? [refusal] : [];
}

/// <summary>Changes the catalog.</summary>
public sealed class ChangeCatalog(ICatalog catalog) : IHandler<PutCatalogEntry, CatalogEntry>, IHandler<DeleteCatalogEntry, string>
{
    private const int Attempts = 5;

    /// <inheritdoc/>
    public async Task<Result<CatalogEntry>> HandleAsync(PutCatalogEntry request, Caller caller, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var expected = request.ExpectedVersion ?? (await catalog.FindAsync(request.Kind, request.Id, cancellationToken))?.Version;
            try
            {
                return (await catalog.WriteAsync(request.Kind, request.Id, request.Document, expected, EventContext.Of(caller), cancellationToken))!;
            }
            catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.CatalogMoved)
            {
                // Who does not care what was there does not care that it has just become something else either.
                if (request.ExpectedVersion is not null || attempt == Attempts) return e.Error;
            }
        }
    }

    /// <inheritdoc/>
    public async Task<Result<string>> HandleAsync(DeleteCatalogEntry request, Caller caller, CancellationToken cancellationToken)
    {
        if (await catalog.FindAsync(request.Kind, request.Id, cancellationToken) is not { } found) return ReadCatalog.Missing(request.Kind, request.Id);
        try
        {
            await catalog.WriteAsync(request.Kind, request.Id, document: null, request.ExpectedVersion ?? found.Version, EventContext.Of(caller), cancellationToken);
            return request.Id;
        }
        catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.CatalogMoved)
        {
            return e.Error;
        }
    }
}
