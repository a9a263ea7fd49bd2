using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Singer;
using FlexCore.Plugins.Sync.Partitions;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Sync;

/// <summary>Runs a sync: a tap, what is between, the targets, the flows that connect them, and the state that the targets confirm.</summary>
internal sealed class SyncStepRunner(PluginLauncher launcher, Discovery discovery, GetState states, IEventLog log, IDeadLetters deadLetters, MaskKey maskKey, TimeProvider time)
{
    public async Task<StepResult> RunAsync(SyncStep step, StepScope scope)
    {
        // 1. Where to go on, what of, and over how many taps.
        var committed = await states.HandleAsync(scope.Request.Pipeline.Name, step.Id, CancellationToken.None);
        List<PluginRecord> records = [];
        IReadOnlyList<Partition> parts = [Partition.Whole(null)];
        using var replay = scope.Request.Replay is { } request ? new Replay(request, deadLetters) : null;
        if (step.Select.Count > 0 && replay is null)
        {
            (var catalog, var discoverer, var failure) = await discovery.DiscoverAsync(scope, step.From, step.Select);
            if (discoverer is not null) records.Add(discoverer);
            if (catalog is not null) (parts, failure) = Deal(step, catalog);
            if (failure is not null) return new StepResult(StepTally.Nothing with { Plugins = records }, failure, null);
        }

        // 2. The programs, from the end: the tap's first byte finds a reader.
        await using var refresh = await FullRefresh.BeginAsync(step, scope, log, committed);
        var targetStates = new TargetStates(TargetStates.NamesOf(step.To.Select(target => target.Manifest.Name)), committed, scope.Request.FullRefresh, scope.Observer);
        await using var partitions = new SyncPartitions([.. parts.Select(part => new SyncPartition(part, step, scope, launcher, targetStates.Again(), time))]);
        await partitions.StartAsync(refresh.Targets, replay);

        // 3. The flows between them, and the way back.
        using var letters = new LetterBox(step.Validation, scope.Request, scope.Mask, scope.Observer.Warning, deadLetters, time) { CountIn = partitions.CountIn };
        var schemas = await SchemaWatch.OpenAsync(log, scope.Request, step.Drift, scope.Mask, scope.Observer.Warning);
        partitions.Connect(letters, maskKey, replay, schemas);
        var committer = new StateCommitter(log, scope.Request, scope.Mask, committed);
        Action<JsonElement, IReadOnlyList<TargetState>?> commit = replay is not null ? (_, _) => { } : refresh.HoldsState ? refresh.Hold : committer.Confirm;
        var merged = targetStates.Merge([.. parts.Select(part => part.Names)], commit);

        // Stopped by somebody's wish, or because what the targets confirm can no longer be kept.
        using var ended = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(scope.Stop.Gently);
        committer.OnFailure(stop.Cancel);
        var reporting = SyncWatch.ReportAsync(scope.Observer, () => partitions.Describe(step.Id), time, ended.Token);

        // 4. To the end of each, whoever ends first.
        try
        {
            await partitions.RunAsync(
                (partition, index) => partition.RunAsync(scope.Stop with { Gently = stop.Token }, parts.Count == 1 ? commit : (value, _) => merged.Confirm(index, value)),
                stop.Cancel);
            await committer.FinishAsync();
        }
        finally
        {
            await ended.CancelAsync();
            await reporting;
        }

        // 5. The verdict.
        letters.WarnOfTheRest();
        if (!scope.Request.IsDryRun) await schemas.RecordAsync(log, scope.Request);
        var tally = partitions.Sum(records);
        if (scope.Stop.Gently.IsCancellationRequested)
            return new StepResult(tally, new StepFailure(null, PluginOutcome.Cancelled, ErrorCodes.RunCancelled.Id, "stopped by a signal"), null);
        if (committer.Refusal is { } refusal) return new StepResult(tally, SyncVerdict.OfRecords(refusal), null);
        if (partitions.FindFailure() is { } fault) return new StepResult(tally, fault, null);
        if (letters.FindExcessAtEnd() is { } excess) return new StepResult(tally, SyncVerdict.OfRecords(excess), null);
        if (tally.FindUnreconciled().ToList() is { Count: > 0 } unreconciled)
            throw new InvalidOperationException($"records of {string.Join(", ", unreconciled)} are not accounted for");
        if (await refresh.EndAsync(tally) is { } refused) return new StepResult(tally, SyncVerdict.OfRecords(refused), null);
        if (replay is not null) await EndLettersAsync(scope.Request, await replay.FinishAsync());
        else partitions.WarnOfWhatNeverCame(step.From.Manifest.Name, parts.Count == 1 ? [] : merged.FindUnsettled(), scope.Mask, scope.Observer.Warning);
        return new StepResult(tally, null, null);
    }

    // On record first, and only as long as the run is this process's: whoever goes on with it elsewhere sends what is still open.
    private async Task EndLettersAsync(StepRequest request, IReadOnlyList<Guid> taken)
    {
        if (taken.Count == 0) return;
        var stream = EventStreams.DeadLetters(request.Pipeline.Name, request.Step.Id);
        await log.AppendAsync(stream, expectedVersion: null, [new DeadLettersReplayed(request.RunId, taken)], request.Hold, request.Context, CancellationToken.None);
        await deadLetters.EndAsync(taken, DeadLetterStatus.Replayed, request.RunId, CancellationToken.None);
    }

    private static (IReadOnlyList<Partition> Parts, StepFailure? Failure) Deal(SyncStep step, JsonObject catalog)
    {
        if (step.Partitions is not { } rules) return ([Partition.Whole(catalog.ToElement())], null);
        var (parts, problem) = StreamDealer.Deal(catalog, rules);
        return (parts, problem is null ? null : Discovery.Failed(step.From, problem));
    }
}
