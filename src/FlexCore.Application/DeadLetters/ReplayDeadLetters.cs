using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.DeadLetters;

/// <summary>How a replay went.</summary>
/// <param name="Runs">The runs that sent the letters.</param>
/// <param name="Replayed">Letters that the targets have taken.</param>
/// <param name="StillOpen">Letters that could not be processed again, or whose run failed.</param>
/// <param name="NotReplayable">Letters that are not whole any more.</param>
/// <param name="Anew">Dead letters that these runs made: records that failed once more, but behind a mapper, where they are not what was sent any more.</param>
/// <param name="Failures">Why nothing was sent from some of the places; their letters are still open.</param>
public sealed record ReplayReport(IReadOnlyList<RunState> Runs, int Replayed, int StillOpen, int NotReplayable, int Anew, IReadOnlyList<Error> Failures);

/// <summary>
/// Sends dead letters again: through the stages that come after the place where they were put aside, as the pipeline is defined
/// now, into its targets. One run for each place; a place that cannot be used does not stop the others. They are not held against their schema again: whoever replays has seen them.
/// </summary>
public sealed class ReplayDeadLetters(IDeadLetters letters, IEventLog log, Func<string, RunPipeline> runPipeline)
{
    /// <summary>Sends the open ones among them.</summary>
    /// <param name="which">The ids of the letters.</param>
    /// <param name="request">What the command line says of the pipeline; the file is the one that it was last run from.</param>
    /// <param name="observer">Watches the runs.</param>
    /// <param name="stop">Stops them.</param>
    public async Task<ReplayReport> HandleAsync(
        IReadOnlyCollection<Guid> which, PipelineRequest request, IRunObserver observer, StopSignal stop)
    {
        var wanted = which.ToHashSet();
        var open = (await letters.ListAsync(new DeadLetterQuery(null, int.MaxValue, Status: DeadLetterStatus.Open), stop.Gently)).Where(letter => wanted.Contains(letter.Id)).ToList();
        var whole = open.Where(letter => letter.IsReplayable).ToList();
        var runs = new List<RunState>();
        var failures = new List<Error>();
        var (replayed, anew) = (0, 0);
        foreach (var place in whole.GroupBy(letter => (letter.Pipeline, letter.Step, letter.Stage)))
        {
            if (stop.Gently.IsCancellationRequested) break;
            var (pipeline, step, stage) = place.Key;
            List<Guid> ids = [.. place.Select(letter => letter.Id)];
            var run = await RunAsync(pipeline, new StepReplay(step, stage, ids), request, observer, stop);
            if (!run.IsSuccess)
            {
                // Two places of one pipeline fail for the same reasons.
                failures.AddRange(run.Errors.Except(failures));
                continue;
            }

            runs.Add(run.Value);
            replayed += await CountTakenAsync(run.Value, ids);
            anew += (await letters.ListAsync(new DeadLetterQuery(null, int.MaxValue, RunId: run.Value.RunId), CancellationToken.None)).Count;
        }

        return new ReplayReport(runs, replayed, whole.Count - replayed, open.Count - whole.Count, anew, failures);
    }

    private async Task<Result<RunState>> RunAsync(string pipeline, StepReplay replay, PipelineRequest request, IRunObserver observer, StopSignal stop)
    {
        if ((await log.ReadPipelineAsync(pipeline, stop.Gently)).Known.Current is not { File: var file }) return new Error(ErrorCodes.NotFound, $"it is not on record where pipeline {pipeline} came from");
        return await runPipeline(file).HandleAsync(new RunPipelineCommand(request with { File = file }, Replay: replay), observer, stop);
    }

    private async Task<int> CountTakenAsync(RunState run, List<Guid> ids)
    {
        var taken = 0;
        foreach (var id in ids)
        {
            if (await letters.FindAsync(id, CancellationToken.None) is { } letter && letter.ReplayedBy == run.RunId) taken++;
        }

        return taken;
    }
}
