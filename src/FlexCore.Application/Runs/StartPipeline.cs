using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Runs;

/// <summary>Wants a run of a recorded pipeline; a node takes care of it.</summary>
/// <param name="Pipeline">Its name.</param>
/// <param name="Set">Variables that override those of the definition.</param>
/// <param name="Trigger">Why.</param>
/// <param name="FullRefresh">Whether committed state is left aside.</param>
/// <param name="Priority">Instead of the pipeline's own.</param>
public sealed record StartPipeline(string Pipeline, IReadOnlyDictionary<string, string> Set, RunTrigger Trigger, bool FullRefresh = false, int? Priority = null) : ICommand<Guid>
{
    /// <summary>The id of the run, where its cause gives it one (<see cref="CausedRun"/>): when there is such a run already, it is the answer. Null for a new one.</summary>
    public Guid? RunId { get; init; }

    /// <summary>What becomes of it when another run of the pipeline waits or is under way.</summary>
    public Overlap Overlap { get; init; } = Overlap.Queue;

    /// <summary>Why it is only put on record, as cancelled, and not done; null when it is to be done.</summary>
    public string? LeftOutBecause { get; init; }

    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Pipeline);

    /// <inheritdoc/>
    public IEnumerable<Error> Validate()
    {
        if (Priority is { } priority && Math.Abs((long)priority) > RunRules.HighestPriority)
            yield return new Error(ErrorCodes.UsageInvalid, $"the priority must be a whole number from {-RunRules.HighestPriority} to {RunRules.HighestPriority}");
    }
}

/// <summary>Puts runs into the queue.</summary>
public sealed class StartPipelineHandler(IEventLog log, IRunQueue queue, QueueCap cap, TimeProvider time) : IHandler<StartPipeline, Guid>
{
    /// <inheritdoc/>
    public async Task<Result<Guid>> HandleAsync(StartPipeline request, Caller caller, CancellationToken cancellationToken)
    {
        if (request.RunId is { } known && await log.ReadLastAsync(EventStreams.Run(known), cancellationToken) is not null) return known;
        var (pipeline, _) = await log.ReadPipelineAsync(request.Pipeline, cancellationToken);
        if (pipeline.Current is not { } current) return ShowPipelineHandler.Unknown(request.Pipeline);
        if (pipeline.RefuseToStart(byTrigger: request.Trigger.Kind is not (TriggerKind.Manual or TriggerKind.Retry or TriggerKind.Backfill)) is { } refused) return refused;
        if (await cap.RefuseAsync(cancellationToken) is { } full) return full;
        var queued = new PipelineQueued(
            request.RunId ?? Guid.CreateVersion7(time.GetUtcNow()), pipeline.Name, current.Number, current.Hash, request.Trigger, request.Set, request.FullRefresh, request.Priority ?? current.Rules.Priority);
        if (request.LeftOutBecause is { } reason) return await LeaveOutAsync(queued, reason, caller, cancellationToken);

        var inTheWay = request.Overlap == Overlap.Queue ? [] : await FindInTheWayAsync(pipeline.Name, cancellationToken);
        if (request.Overlap == Overlap.Skip && inTheWay.Count > 0) return await LeaveOutAsync(queued, $"run {inTheWay[0]} was in its way (overlap: skip)", caller, cancellationToken);

        // First the others go: whoever is cut off here does it again, and comes to the same.
        foreach (var other in inTheWay) await new CancelRunHandler(log).HandleAsync(new CancelRun(other, $"replaced by run {queued.RunId} (overlap: replace)"), caller, cancellationToken);
        return await log.QueueAsync(queued, current, EventContext.New(queued.RunId).By(caller), cancellationToken);
    }

    private async Task<List<Guid>> FindInTheWayAsync(string pipeline, CancellationToken cancellationToken)
    {
        const int MostLookedAt = 1000;
        var runs = new List<Guid>();
        foreach (var entry in await queue.ListAsync(pipeline, MostLookedAt, cancellationToken))
        {
            // Those of a backfill give way to all others, and so are in nobody's.
            if (await log.ReadRunAsync(entry.Entry.RunId, cancellationToken) is { State: { IsEnded: false, Trigger.Kind: not TriggerKind.Backfill } }) runs.Add(entry.Entry.RunId);
        }

        return runs;
    }

    private async Task<Result<Guid>> LeaveOutAsync(PipelineQueued queued, string reason, Caller caller, CancellationToken cancellationToken)
    {
        var run = Run.Queue(queued);
        run.AskToStop(reason, isOwned: false);
        await log.CommitAsync(run, change: null, EventContext.New(queued.RunId).By(caller), cancellationToken);
        return queued.RunId;
    }
}

/// <summary>Runs on their way into the queue.</summary>
internal static class QueuedRuns
{
    /// <summary>Records that a run is wanted, and puts it into the queue, both or neither.</summary>
    /// <param name="log">Where to.</param>
    /// <param name="queued">The run.</param>
    /// <param name="version">The definition that it is of.</param>
    /// <param name="context">Who wants it, and why.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task<Result<Guid>> QueueAsync(this IEventLog log, PipelineQueued queued, PipelineVersion version, EventContext context, CancellationToken cancellationToken)
    {
        var vars = version.Definition.TryGetProperty("vars", out var written) && written.ValueKind == JsonValueKind.Object ? written : default;
        if (queued.Set.Keys.FirstOrDefault(name => vars.ValueKind != JsonValueKind.Object || !vars.TryGetProperty(name, out _)) is { } unknown)
            return new Error(ErrorCodes.UnknownReference, $"pipeline {queued.Pipeline} has no variable '{Printable.Escape(unknown)}'", SpecificRemedy: $"See what there is with `flexcore pipeline show {queued.Pipeline}`.");

        var run = Run.Queue(queued);
        var rules = version.Rules;
        var entry = new QueueEntry(queued.RunId, queued.Pipeline, queued.Priority, NotBefore: null, rules.Labels, Key(queued, rules, vars), rules.Limit);
        await log.CommitAsync(run, new QueueChange.Enqueue(entry), context, cancellationToken);
        return queued.RunId;
    }

    /// <summary>What counts towards the same limit: the pipeline, or one value of its variable.</summary>
    private static string Key(PipelineQueued queued, RunRules rules, JsonElement vars)
    {
        if (rules.Per is not { } per) return queued.Pipeline;
        return $"{queued.Pipeline}/{(queued.Set.TryGetValue(per, out var set) ? set : vars.TryGetProperty(per, out var value) ? value.ToString() : "")}";
    }
}
