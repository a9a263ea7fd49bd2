using FlexCore.Application.Ports;

namespace FlexCore.Application.Runs;

/// <summary>How a run that is under way is stopped from outside, and what becomes of it then.</summary>
public sealed class RunControl : IDisposable
{
    private readonly CancellationTokenSource _gently;
    private readonly CancellationTokenSource _atOnce;

    /// <summary>Stops it when the process is asked to stop, too.</summary>
    public RunControl(StopSignal process)
    {
        _gently = CancellationTokenSource.CreateLinkedTokenSource(process.Gently);
        _atOnce = CancellationTokenSource.CreateLinkedTokenSource(process.AtOnce);
    }

    /// <summary>What its steps listen to.</summary>
    public StopSignal Signal => new(_gently.Token, _atOnce.Token);

    /// <summary>Whether the run stays as it is stored, for another node to go on with: nothing more is recorded here.</summary>
    public bool IsLeftToOthers { get; private set; }

    /// <summary>The slot of a node that it takes; null where it takes none.</summary>
    public NodeSlot? Slot { get; init; }

    /// <summary>All work is done, and only the end is still to be stored.</summary>
    public void Finish() => Slot?.Finish();

    /// <summary>It only waits for other runs: they may have its slot.</summary>
    public void StepAside() => Slot?.StepAside();

    /// <summary>It goes on: waits for a slot, but not when it is to stop.</summary>
    public Task ComeBackAsync() => Slot?.ComeBackAsync(_gently.Token) ?? Task.CompletedTask;

    /// <summary>Somebody wants the run to end.</summary>
    public void Cancel() => Cancel(_gently);

    /// <summary>This node stops, and another one is to go on with the run. What targets still confirm is kept.</summary>
    public void HandOver()
    {
        IsLeftToOthers = true;
        Cancel(_gently);
    }

    /// <summary>The run is not this node's any more: its processes end at once.</summary>
    public void Lose()
    {
        IsLeftToOthers = true;
        Cancel(_gently);
        Cancel(_atOnce);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Slot?.Dispose();
        _gently.Dispose();
        _atOnce.Dispose();
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The run has ended meanwhile.
        }
    }
}
