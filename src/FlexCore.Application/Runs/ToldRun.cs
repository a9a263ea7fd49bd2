using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Tells other processes how far a run is, a few times a second at most, and passes everything on. Steps that end sooner cost nothing.</summary>
/// <param name="next">Whom to pass it on to.</param>
/// <param name="progress">Who tells the others.</param>
/// <param name="time">The clock.</param>
public sealed class ToldRun(IRunObserver next, IRunProgress progress, TimeProvider time) : IRunObserver
{
    /// <summary>Who talks more is not heard in full; all of it is in the run's log.</summary>
    private const int MostLines = 20;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _underWay = [];
    private readonly Dictionary<string, StepProgress> _steps = [];
    private readonly Queue<LogLine> _lines = [];
    private Guid _runId;
    private bool _isTelling;

    /// <inheritdoc/>
    public void Warning(string message) => next.Warning(message);

    /// <inheritdoc/>
    public void RunStarted(RunState run, IReadOnlyList<EffectiveGrant> grants)
    {
        _runId = run.RunId;
        next.RunStarted(run, grants);
    }

    /// <inheritdoc/>
    public void StepStarted(string step)
    {
        lock (_gate) _underWay.Add(step);
        next.StepStarted(step);
    }

    /// <inheritdoc/>
    public void StepProgressed(StepProgress progress)
    {
        lock (_gate)
        {
            _steps[progress.Step] = progress;
            Begin();
        }

        next.StepProgressed(progress);
    }

    /// <inheritdoc/>
    public void PluginLogged(LogLine line)
    {
        lock (_gate)
        {
            if (_lines.Count == MostLines) _lines.Dequeue();
            _lines.Enqueue(line);
            Begin();
        }

        next.PluginLogged(line);
    }

    /// <inheritdoc/>
    public void StepEnded(StepState step)
    {
        lock (_gate) _underWay.Remove(step.Id);
        next.StepEnded(step);
    }

    private void Begin()
    {
        if (_isTelling) return;
        _isTelling = true;
        _ = Task.Run(TellAsync);
    }

    private async Task TellAsync()
    {
        while (true)
        {
            await Task.Delay(Interval, time);
            RunProgress? told;
            lock (_gate)
            {
                // What a step said last comes with its end, from the log.
                told = _underWay.Count == 0 || _steps.Count + _lines.Count == 0 ? null : new RunProgress(_runId, [.. _steps.Values], [.. _lines]);
                _steps.Clear();
                _lines.Clear();
                _isTelling = told is not null;
            }

            if (told is null) return;
            try
            {
                await progress.TellAsync(told, CancellationToken.None);
            }
            catch (FlexCoreException)
            {
                // Nobody hears of it this time.
            }
        }
    }
}
