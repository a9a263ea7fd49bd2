using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>What provides workers, with how long each operation takes.</summary>
internal sealed class MeasuredWorkerProvider(IWorkerProvider inner) : IWorkerProvider
{
    private static readonly MeasuredPort Port = new("workers");

    public ValueTask<string> ProvisionAsync(WorkerOrder order, CancellationToken cancellationToken) => Port.MeasureAsync("provision", () => inner.ProvisionAsync(order, cancellationToken));

    public ValueTask<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) => Port.MeasureAsync("list", () => inner.ListAsync(cancellationToken));

    public ValueTask ReleaseAsync(string worker, CancellationToken cancellationToken) => Port.MeasureAsync("release", () => inner.ReleaseAsync(worker, cancellationToken));

    // How long runs take to end is theirs.
    public ValueTask CloseAsync(StopSignal stop) => inner.CloseAsync(stop);
}
