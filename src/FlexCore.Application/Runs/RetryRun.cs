using FlexCore.Application.Bus;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Runs;

/// <summary>Runs an earlier run again: the same definition, the same variables where no others are given. A node takes care of it.</summary>
/// <param name="RunId">The earlier run, which has ended.</param>
/// <param name="FromStart">Whether the steps that have succeeded there run again too.</param>
/// <param name="Set">Variables that differ.</param>
public sealed record RetryRun(Guid RunId, bool FromStart, IReadOnlyDictionary<string, string> Set) : ICommand<Guid>
{
    /// <summary>When the wish was made first, and what tells it from others: when there is a run for it already, that is the answer. Null for one that is not repeated.</summary>
    public (DateTimeOffset At, string Key)? Cause { get; init; }

    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => new Reach.OfRuns(RunId);
}

/// <summary>Puts repeated runs into the queue.</summary>
public sealed class RetryRunHandler(IEventLog log, QueueCap cap, TimeProvider time) : IHandler<RetryRun, Guid>
{
    /// <inheritdoc/>
    public async Task<Result<Guid>> HandleAsync(RetryRun request, Caller caller, CancellationToken cancellationToken)
    {
        if (await log.ReadRunAsync(request.RunId, cancellationToken) is not { State: var earlier }) return RunHistory.Unknown(request.RunId.ToString());
        if (earlier is { Replays: not null, Replay: null })
            return new Error(ErrorCodes.UsageInvalid, $"run {earlier.RunId} has sent dead letters again", SpecificRemedy: "Send those that are still open with `flexcore deadletters replay`.");
        if (!earlier.IsEnded) return new Error(ErrorCodes.RunNotEnded, $"run {earlier.RunId} is {earlier.Status.ToString().ToLowerInvariant()}");

        var id = request.Cause is { } cause ? CausedRun.Id(cause.At, earlier.Pipeline, "retry", cause.Key) : Guid.CreateVersion7(time.GetUtcNow());
        if (request.Cause is not null && await log.ReadLastAsync(EventStreams.Run(id), cancellationToken) is not null) return id;
        var (pipeline, _) = await log.ReadPipelineAsync(earlier.Pipeline, cancellationToken);
        if (pipeline.RefuseToStart(byTrigger: false) is { } refused) return refused;
        if (await cap.RefuseAsync(cancellationToken) is { } full) return full;
        var version = pipeline.Versions[earlier.PipelineVersion - 1];
        var set = new Dictionary<string, string>(earlier.Set, StringComparer.Ordinal);
        foreach (var (name, value) in request.Set) set[name] = value;
        var queued = new PipelineQueued(
            id, pipeline.Name, version.Number, version.Hash, new RunTrigger(TriggerKind.Retry, earlier.RunId.ToString(), earlier.Trigger.DueAt), set, earlier.FullRefresh, version.Rules.Priority,
            earlier.RunId, KeepsSucceeded: !request.FromStart && earlier.Replay is null, earlier.Replay);
        return await log.QueueAsync(queued, version, EventContext.New(queued.RunId).By(caller), cancellationToken);
    }
}
