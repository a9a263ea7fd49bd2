using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>The locks of pipelines, with how long each operation takes.</summary>
internal sealed class MeasuredRunLocks(IRunLocks inner) : IRunLocks
{
    private static readonly MeasuredPort Port = new("run-locks");

    public ValueTask<IRunLock?> TryAcquireAsync(string pipeline, CancellationToken cancellationToken) => Port.MeasureAsync("try-acquire", () => inner.TryAcquireAsync(pipeline, cancellationToken));

    public ValueTask<RunLockStatus> LookAsync(string pipeline, CancellationToken cancellationToken) => Port.MeasureAsync("look", () => inner.LookAsync(pipeline, cancellationToken));
}
