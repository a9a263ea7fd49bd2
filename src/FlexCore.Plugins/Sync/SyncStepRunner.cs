using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Singer;

namespace FlexCore.Plugins.Sync;

/// <summary>Runs a sync: a tap, what is between, the targets, the flows that connect them, and the state that the targets confirm.</summary>
internal sealed class SyncStepRunner(PluginLauncher launcher, Discovery discovery, GetState states, IEventLog log, IDeadLetters deadLetters, MaskKey maskKey, TimeProvider time)
{
    public async Task<StepResult> RunAsync(SyncStep step, StepScope scope)
    {
        // 1. Where to go on, and what of.
        var committed = await states.HandleAsync(scope.Request.Pipeline.Name, step.Id, CancellationToken.None);
        List<PluginRecord> records = [];
        JsonElement? catalog = null;
        using var replay = scope.Request.Replay is { } request ? new Replay(request, deadLetters) : null;
        if (step.Select.Count > 0 && replay is null)
        {
            (catalog, var discoverer, var failure) = await discovery.DiscoverAsync(scope, step.From, step.Select);
            if (discoverer is not null) records.Add(discoverer);
            if (failure is not null) return new StepResult(StepTally.Nothing with { Plugins = records }, failure, null);
        }

        // 2. The programs, from the end: the tap's first byte finds a reader.
        await using var refresh = await FullRefresh.BeginAsync(step, scope, log, committed);
        await using var sync = new SyncPrograms(step, scope, launcher);
        var targetStates = new TargetStates(TargetStates.NamesOf(step.To.Select(target => target.Manifest.Name)), committed, scope.Request.FullRefresh, scope.Observer);
        await sync.StartAsync(refresh.Targets, replay, targetStates.Start, catalog);

        // 3. The flows between them, and the way back.
        using var letters = new LetterBox(step.Validation, scope.Request, scope.Mask, scope.Observer.Warning, deadLetters, time);
        var schemas = await SchemaWatch.OpenAsync(log, scope.Request, step.Drift, scope.Mask, scope.Observer.Warning);
        var flows = sync.Connect(letters, maskKey, replay, targetStates.Numbers, schemas);
        letters.CountIn = () => flows[0].Flow.Counts.Snapshot().Values.Sum(stream => stream.In);
        var committer = new StateCommitter(log, scope.Request, scope.Mask, committed);
        Action<JsonElement, IReadOnlyList<TargetState>?> commit = refresh.HoldsState ? refresh.Hold : committer.Confirm;
        var running = new SyncFlows(flows, time);
        var confirming = Task.WhenAll(sync.Targets.Select((target, index) => new StateReader(
            target.Process.Output, target.Manifest.Limits.LineBytes, scope.Log(target.Name),
            value =>
            {
                if (replay is null) targetStates.Confirm(index, value, commit);
            }).RunAsync()));

        // Stopped by somebody's wish, or because what the targets confirm can no longer be kept.
        using var ended = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(scope.Stop.Gently);
        committer.OnFailure(stop.Cancel);
        var watch = new SyncWatch(scope, sync, flows, running, time);
        var watching = Task.WhenAll(watch.StopAsync(scope.Stop with { Gently = stop.Token }, ended.Token), watch.ReportAsync(ended.Token));

        // 4. To the end of each, whoever ends first.
        SyncFlowEnd[] ends;
        List<(PluginExecution Plugin, PluginEnd End)> plugins;
        try
        {
            ends = await running.RunAsync();
            plugins = await sync.EndAsync(ends, wasStopped: stop.IsCancellationRequested);
            await confirming;
            await committer.FinishAsync();
        }
        finally
        {
            await ended.CancelAsync();
            await watching;
        }

        // 5. The verdict.
        letters.WarnOfTheRest();
        if (!scope.Request.IsDryRun) await schemas.RecordAsync(log, scope.Request);
        records.AddRange(plugins.Select(plugin => plugin.End.Record));
        var tally = SyncTally.Of([.. flows.Select(flow => flow.Flow)], records);
        if (scope.Stop.Gently.IsCancellationRequested)
            return new StepResult(tally, new StepFailure(null, PluginOutcome.Cancelled, ErrorCodes.RunCancelled.Id, "stopped by a signal"), null);
        if (committer.Refusal is { } refusal) return new StepResult(tally, SyncVerdict.OfRecords(refusal), null);
        if (SyncVerdict.OfStep(ends, plugins) is { } fault) return new StepResult(tally, fault, null);
        if (letters.FindExcessAtEnd() is { } excess) return new StepResult(tally, SyncVerdict.OfRecords(excess), null);
        if (tally.FindUnreconciled().ToList() is { Count: > 0 } unreconciled)
            throw new InvalidOperationException($"records of {string.Join(", ", unreconciled)} are not accounted for");
        if (await refresh.EndAsync(tally) is { } refused) return new StepResult(tally, SyncVerdict.OfRecords(refused), null);
        if (replay is not null) await replay.FinishAsync(scope.Request.RunId);
        else WarnOfWhatNeverCame(step, flows, sync, targetStates, scope.Observer);
        return new StepResult(tally, null, null);
    }

    private static void WarnOfWhatNeverCame(SyncStep step, IReadOnlyList<SyncFlow> flows, SyncPrograms sync, TargetStates states, IRunObserver observer)
    {
        if (flows[0].Flow.Lines == 0) observer.Warning($"{step.From.Manifest.Name} wrote nothing: 0 records");
        foreach (var stream in sync.StreamsThatNeverCame) observer.Warning($"map of stream '{Printable.Escape(stream)}': no such record stream came");
        if (sync.Targets.Count == 0 || !flows[^1].Flow.HasStates) return;
        foreach (var target in states.Silent) observer.Warning($"target {target} gave no STATE back: the next run begins where this one did");
    }
}
