using FlexCore.Application.Bus;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain.Access;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.DeadLetters;

/// <summary>Wants dead letters to be sent again, as their pipelines are defined now: a run for each place where they were put aside, which a node takes care of. All of them, or none where something is in the way.</summary>
/// <param name="Letters">Their ids; at most <see cref="SelectDeadLetters.MaxAtOnce"/>. Those that are not open, or not whole any more, are passed over.</param>
/// <param name="Set">Variables that override those of the definition; for letters of one pipeline.</param>
public sealed record StartReplay(IReadOnlyList<Guid> Letters, IReadOnlyDictionary<string, string> Set) : ICommand<StartedReplay>
{
    /// <summary>When the wish was made first, and what tells it from others: when there are runs for it already, these are the answer. Null for one that is not repeated.</summary>
    public (DateTimeOffset At, string Key)? Cause { get; init; }

    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => new Reach.OfDeadLetters(Letters);

    /// <inheritdoc/>
    public IEnumerable<Error> Validate() =>
        Letters.Count > SelectDeadLetters.MaxAtOnce ? [new Error(ErrorCodes.UsageInvalid, $"at most {SelectDeadLetters.MaxAtOnce} dead letters are sent again at once")] : [];
}

/// <summary>What will be sent again.</summary>
/// <param name="Runs">The runs that wait for a node.</param>
/// <param name="NotOpen">Letters that somebody has dealt with before.</param>
/// <param name="NotReplayable">Letters that are not whole any more.</param>
public sealed record StartedReplay(IReadOnlyList<ReplayRun> Runs, int NotOpen, int NotReplayable);

/// <summary>A run that sends dead letters again.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Pipeline">Its pipeline.</param>
/// <param name="Step">The step whose letters they are.</param>
/// <param name="Letters">How many.</param>
public sealed record ReplayRun(Guid RunId, string Pipeline, string Step, int Letters);

/// <summary>Puts replays into the queue.</summary>
public sealed class StartReplayHandler(IDeadLetters letters, IEventLog log, QueueCap cap, TimeProvider time) : IHandler<StartReplay, StartedReplay>
{
    /// <inheritdoc/>
    public async Task<Result<StartedReplay>> HandleAsync(StartReplay request, Caller caller, CancellationToken cancellationToken)
    {
        // 1. What it is about, and whether all of it may run.
        var which = new List<DeadLetter>();
        foreach (var id in request.Letters.Distinct())
        {
            if (await letters.FindAsync(id, cancellationToken) is not { } letter) return new Error(ErrorCodes.NotFound, $"there is no dead letter {id}");
            which.Add(letter with { Raw = default, Schema = null });
        }

        var versions = new Dictionary<string, PipelineVersion>(StringComparer.Ordinal);
        var whole = which.Where(letter => letter.IsReplayable).ToList();
        foreach (var name in whole.Select(letter => letter.Pipeline).Distinct(StringComparer.Ordinal))
        {
            var (pipeline, _) = await log.ReadPipelineAsync(name, cancellationToken);
            if (pipeline.Current is not { } current) return ShowPipelineHandler.Unknown(name);
            if (pipeline.RefuseToStart(byTrigger: false) is { } refused) return refused;
            versions[name] = current;
        }

        if (versions.Count > 1 && request.Set.Count > 0) return new Error(ErrorCodes.UsageInvalid, $"variables are of one pipeline, and these dead letters are of {versions.Count}");
        if (await cap.RefuseAsync(cancellationToken) is { } full) return full;

        // 2. A run for each place.
        var runs = new List<ReplayRun>();
        foreach (var place in whole.GroupBy(letter => (letter.Pipeline, letter.Step, letter.Stage)))
        {
            var (pipeline, step, stage) = place.Key;
            var id = request.Cause is { } cause ? CausedRun.Id(cause.At, pipeline, "replay", cause.Key, step, $"{stage}") : Guid.CreateVersion7(time.GetUtcNow());
            if (request.Cause is not null && await log.ReadRunAsync(id, cancellationToken) is { State.Replay: { } begun })
            {
                runs.Add(new ReplayRun(id, pipeline, step, begun.Letters.Count));
                continue;
            }

            var replay = new StepReplay(step, stage, [.. place.Where(letter => letter.Status == DeadLetterStatus.Open).Select(letter => letter.Id)]);
            if (replay.Letters.Count == 0) continue;
            var version = versions[pipeline];
            var queued = new PipelineQueued(id, pipeline, version.Number, version.Hash, RunTrigger.Manual, request.Set, Priority: version.Rules.Priority, Replay: replay);
            var run = await log.QueueAsync(queued, version, EventContext.New(id).By(caller), cancellationToken);
            if (!run.IsSuccess) return run.Errors.ToArray();
            runs.Add(new ReplayRun(id, pipeline, step, replay.Letters.Count));
        }

        var open = which.Where(letter => letter.Status == DeadLetterStatus.Open).ToList();
        return new StartedReplay(runs, which.Count - open.Count, open.Count(letter => !letter.IsReplayable));
    }
}
