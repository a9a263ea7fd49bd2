using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>Secrets, with how long each operation takes.</summary>
internal sealed class MeasuredSecrets(ISecrets inner) : ISecrets, IAsyncDisposable
{
    private static readonly MeasuredPort Port = new("secrets");

    public string Place => inner.Place;

    public ValueTask<Result<string>> FindAsync(string name, CancellationToken cancellationToken) => Port.MeasureAsync("find", () => inner.FindAsync(name, cancellationToken));

    public ValueTask<IReadOnlyList<SecretEntry>> ListAsync(CancellationToken cancellationToken) => Port.MeasureAsync("list", () => inner.ListAsync(cancellationToken));

    public ValueTask DisposeAsync() => inner is IAsyncDisposable outside ? outside.DisposeAsync() : default;
}
