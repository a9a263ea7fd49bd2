using System.Text.Json;
using System.Text.Json.Serialization;
using FlexCore.Application.Ports;
using FlexCore.Domain.Catalog;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Provisioning;

namespace FlexCore.Application.Workers;

/// <summary>A request as it was read.</summary>
/// <param name="Request">The request.</param>
/// <param name="Version">At which version; it is changed at that one only.</param>
internal sealed record StoredRequest(ProvisioningRequest Request, string Version);

/// <summary>The provisioning requests of a project, in its catalog.</summary>
public sealed class ProvisioningRequests(ICatalog catalog)
{
    /// <summary>Those of any status, or of one, by name.</summary>
    internal async Task<IReadOnlyList<StoredRequest>> ListAsync(ProvisioningStatus? status, CancellationToken cancellationToken) =>
        [.. (await catalog.ListAsync(CatalogRules.Provisioning, after: null, int.MaxValue, cancellationToken)).Select(Read).Where(stored => status is null || stored.Request.Status == status)];

    /// <summary>The one of a worker; null where there is none.</summary>
    internal async Task<StoredRequest?> FindAsync(string worker, CancellationToken cancellationToken) =>
        await catalog.FindAsync(CatalogRules.Provisioning, worker, cancellationToken) is { } entry ? Read(entry) : null;

    /// <summary>Creates one.</summary>
    /// <returns>As it is now; null where somebody else was first.</returns>
    internal Task<StoredRequest?> CreateAsync(ProvisioningRequest request, EventContext context, CancellationToken cancellationToken) => WriteAsync(request.Worker, request, expected: null, context, cancellationToken);

    /// <summary>Makes one another one.</summary>
    /// <returns>As it is now; null where somebody else was first.</returns>
    internal Task<StoredRequest?> ChangeAsync(StoredRequest stored, ProvisioningRequest request, EventContext context, CancellationToken cancellationToken) => WriteAsync(request.Worker, request, stored.Version, context, cancellationToken);

    /// <summary>Forgets one. Where somebody else was first, they look after it.</summary>
    internal Task DeleteAsync(StoredRequest stored, EventContext context, CancellationToken cancellationToken) => WriteAsync(stored.Request.Worker, request: null, stored.Version, context, cancellationToken);

    private async Task<StoredRequest?> WriteAsync(string worker, ProvisioningRequest? request, string? expected, EventContext context, CancellationToken cancellationToken)
    {
        try
        {
            JsonElement? document = request is null ? null : JsonSerializer.SerializeToElement(request, ProvisioningJson.Default.ProvisioningRequest);
            return await catalog.WriteAsync(CatalogRules.Provisioning, worker, document, expected, context, cancellationToken) is { } written ? Read(written) : null;
        }
        catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.CatalogMoved)
        {
            return null;
        }
    }

    private static StoredRequest Read(CatalogEntry entry) => new(entry.Document.Deserialize(ProvisioningJson.Default.ProvisioningRequest)!, entry.Version);
}

[JsonSerializable(typeof(ProvisioningRequest))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
internal sealed partial class ProvisioningJson : JsonSerializerContext;
