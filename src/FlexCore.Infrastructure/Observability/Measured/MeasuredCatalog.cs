using System.Text.Json;
using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>The catalog, with how long each operation takes.</summary>
internal sealed class MeasuredCatalog(ICatalog inner) : ICatalog
{
    private static readonly MeasuredPort Port = new("catalog");

    public ValueTask<CatalogEntry?> FindAsync(string kind, string id, CancellationToken cancellationToken) => Port.MeasureAsync("find", () => inner.FindAsync(kind, id, cancellationToken));

    public ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(string kind, string? after, int limit, CancellationToken cancellationToken) => Port.MeasureAsync("list", () => inner.ListAsync(kind, after, limit, cancellationToken));

    public ValueTask<CatalogEntry?> WriteAsync(string kind, string id, JsonElement? document, string? expected, EventContext context, CancellationToken cancellationToken) => Port.MeasureAsync("write", () => inner.WriteAsync(kind, id, document, expected, context, cancellationToken));
}
