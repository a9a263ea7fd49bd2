using System.Diagnostics.CodeAnalysis;

namespace FlexCore.Infrastructure.Resilience;

/// <summary>What a store does before its first use; again when it failed.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The gate has nothing to dispose of.")]
internal sealed class Once(Func<CancellationToken, ValueTask> work)
{
    private readonly SemaphoreSlim _gate = new(1);
    private volatile bool _isDone;

    public ValueTask DoneAsync(CancellationToken cancellationToken) => _isDone ? default : DoAsync(cancellationToken);

    private async ValueTask DoAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_isDone) return;
            await work(cancellationToken);
            _isDone = true;
        }
        finally
        {
            _gate.Release();
        }
    }
}
