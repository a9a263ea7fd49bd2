using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>Secrets that FlexCore keeps itself, with how long each operation takes.</summary>
internal sealed class MeasuredSecretStore(ISecretStore inner) : ISecretStore
{
    private static readonly MeasuredPort Port = new("secrets");

    public string Place => inner.Place;

    public ValueTask<Result<string>> FindAsync(string name, CancellationToken cancellationToken) => Port.MeasureAsync("find", () => inner.FindAsync(name, cancellationToken));

    public ValueTask<IReadOnlyList<SecretEntry>> ListAsync(CancellationToken cancellationToken) => Port.MeasureAsync("list", () => inner.ListAsync(cancellationToken));

    public ValueTask SetAsync(string name, string value, CancellationToken cancellationToken) => Port.MeasureAsync("set", () => inner.SetAsync(name, value, cancellationToken));

    public ValueTask DeleteAsync(string name, CancellationToken cancellationToken) => Port.MeasureAsync("delete", () => inner.DeleteAsync(name, cancellationToken));
}
