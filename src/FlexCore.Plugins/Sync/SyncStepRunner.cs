using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Singer;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Sync;

/// <summary>Runs a sync: a tap, a relay, a target, and the state that the target confirms.</summary>
internal sealed class SyncStepRunner(PluginLauncher launcher, Discovery discovery, GetState states, IEventLog log, TimeProvider time)
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(2);

    public async Task<StepResult> RunAsync(SyncStep step, StepScope scope)
    {
        // 1. Where to go on, and what of.
        var committed = await states.HandleAsync(scope.Request.Pipeline.Name, step.Id, CancellationToken.None);
        List<PluginRecord> records = [];
        JsonElement? catalog = null;
        if (step.Select.Count > 0)
        {
            (catalog, var discoverer, var failure) = await discovery.DiscoverAsync(scope, step.From, step.Select);
            if (discoverer is not null) records.Add(discoverer);
            if (failure is not null) return new StepResult(StepTally.Nothing with { Plugins = records }, failure, null);
        }

        // 2. The target first: the tap's first byte finds a reader.
        var targetLog = scope.Log(step.To.Manifest.Name);
        await using var target = await launcher.StartAsync(DescribeTarget(step, scope), targetLog, scope.Stop.Gently);
        var state = scope.Request.FullRefresh ? null : committed.Value;
        await using var tap = await launcher.StartAsync(DescribeTap(step, scope, state, catalog), scope.Log(step.From.Manifest.Name), scope.Stop.Gently);
        tap.Process.Input.Complete();

        // 3. Both directions at once.
        var relay = new SingerRelay(tap.Process.Output, target.Process.Input, step.From.Manifest.Limits.LineBytes);
        var committer = new StateCommitter(log, scope.Request, committed);
        var stateReader = new StateReader(target.Process.Output, step.To.Manifest.Limits.LineBytes, targetLog, committer.Confirm);
        var relaying = NamedThread.RunAsync($"relay {tap.Name}", relay.Run);
        var confirming = NamedThread.RunAsync($"state {target.Name}", stateReader.Run);

        // Stopped by somebody's wish, or because what the target confirms can no longer be kept.
        using var ended = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(scope.Stop.Gently);
        committer.OnFailure(stop.Cancel);
        var watching = Task.WhenAll(StopAsync(scope.Stop with { Gently = stop.Token }, tap, target, relay, ended.Token), ReportAsync(scope, tap, target, relay, ended.Token));

        // 4. To the end of each, whoever ends first.
        RelayEnd relayEnd;
        PluginEnd tapEnd, targetEnd;
        try
        {
            relayEnd = await RelayAsync(relaying, relay, tap, target);
            var lingered = await EndTapAsync(tap, relayEnd);
            if (relayEnd.Verdict == RelayVerdict.TargetClosed) await target.Process.StopAsync(target.Manifest.Limits.Grace);
            var stopped = stop.IsCancellationRequested;
            tapEnd = await tap.EndAsync(exit => stopped ? null : JudgeTap(tap, relayEnd, exit, lingered));
            targetEnd = await target.EndAsync(exit => stopped ? null : JudgeTarget(target, relayEnd, exit));
            await confirming;
            await committer.FinishAsync();
        }
        finally
        {
            await ended.CancelAsync();
            await watching;
        }

        // 5. The verdict.
        records.AddRange([tapEnd.Record, targetEnd.Record]);
        var tally = new StepTally(relay.Records.Snapshot(), relay.Bytes, records);
        if (scope.Stop.Gently.IsCancellationRequested)
            return new StepResult(tally, new StepFailure(null, PluginOutcome.Cancelled, ErrorCodes.RunCancelled.Id, "stopped by a signal"), null);
        if (tapEnd.Failure is null && targetEnd.Failure is null && tally.Bytes == 0)
            scope.Observer.Warning($"{tap.Name} wrote nothing: 0 records");
        return new StepResult(tally, relayEnd.Verdict == RelayVerdict.TargetClosed ? targetEnd.Failure : tapEnd.Failure ?? targetEnd.Failure, null);
    }

    private static PluginStart DescribeTarget(SyncStep step, StepScope scope) =>
        new(scope.Request, step.To, ["--config", $"{PluginLauncher.PrivateFolder}/config.json"], [StepScope.PrivateFile("config.json", step.To.Settings)], scope.WorkFolder);

    private static PluginStart DescribeTap(SyncStep step, StepScope scope, JsonElement? state, JsonElement? catalog)
    {
        List<string> arguments = [];
        List<SandboxFile> files = [];
        Pass("--config", "config.json", step.From.Settings);
        if (state is { } value) Pass("--state", "state.json", value);
        if (catalog is { } selected) Pass(step.From.Manifest.CatalogArgument == CatalogArgument.Properties ? "--properties" : "--catalog", "catalog.json", selected);
        return new PluginStart(scope.Request, step.From, arguments, files, scope.WorkFolder);

        void Pass(string option, string name, JsonElement content)
        {
            var file = StepScope.PrivateFile(name, content);
            arguments.AddRange([option, file.Path]);
            files.Add(file);
        }
    }

    /// <summary>Waits for the relay. A target that ends before its input does is not waited out: the tap may be silent for hours.</summary>
    private static async Task<RelayEnd> RelayAsync(Task<RelayEnd> relaying, SingerRelay relay, PluginExecution tap, PluginExecution target)
    {
        if (await Task.WhenAny(relaying, target.Process.Completion) == relaying || relay.HasEnded) return await relaying;
        await tap.Process.StopAsync(tap.Manifest.Limits.Grace);
        var end = await relaying;
        return end.Verdict is RelayVerdict.Completed or RelayVerdict.CutOff ? new RelayEnd(RelayVerdict.TargetClosed) : end;
    }

    /// <summary>Ends the tap once nothing more is wanted of it, and one that has closed its output but does not end.</summary>
    private async Task<bool> EndTapAsync(PluginExecution tap, RelayEnd relayEnd)
    {
        var grace = tap.Manifest.Limits.Grace;
        if (relayEnd.Verdict is RelayVerdict.Broken or RelayVerdict.LineTooLong or RelayVerdict.TargetClosed)
        {
            await tap.Process.StopAsync(grace);
            return false;
        }

        if (await Task.WhenAny(tap.Process.Completion, Task.Delay(grace, time)) == tap.Process.Completion) return false;
        await tap.Process.StopAsync(grace);
        return true;
    }

    private static StepFailure? JudgeTap(PluginExecution tap, RelayEnd relayEnd, SandboxExit exit, bool lingered) => relayEnd.Verdict switch
    {
        RelayVerdict.Broken => Failure(tap, PluginOutcome.Protocol, ErrorCodes.PluginProtocol, relayEnd.Problem!),
        RelayVerdict.LineTooLong => Failure(tap, PluginOutcome.Limit, ErrorCodes.PluginLimit, relayEnd.Problem!),
        RelayVerdict.CutOff when exit is { Outcome: SandboxOutcome.Exited, ExitCode: 0 } => Failure(tap, PluginOutcome.Protocol, ErrorCodes.PluginProtocol, relayEnd.Problem!),
        _ when lingered => Failure(tap, PluginOutcome.Protocol, ErrorCodes.PluginProtocol, $"closed its output, but did not end within {tap.Manifest.Limits.Grace.TotalSeconds:0.#} s"),
        _ => null,
    };

    private static StepFailure? JudgeTarget(PluginExecution target, RelayEnd relayEnd, SandboxExit exit)
    {
        var leftUnread = relayEnd.Verdict == RelayVerdict.TargetClosed || exit.UnreadInputBytes > 0;
        var endedByItself = exit is { Outcome: SandboxOutcome.Exited, ExitCode: 0 } or { Outcome: SandboxOutcome.Stopped };
        return leftUnread && endedByItself
            ? Failure(target, PluginOutcome.Protocol, ErrorCodes.InputLeftUnread, "closed its input before it had read everything")
            : null;
    }

    private static StepFailure Failure(PluginExecution plugin, PluginOutcome outcome, ErrorCode code, string what) =>
        new(plugin.Name, outcome, code.Id, code == ErrorCodes.InputLeftUnread ? $"{plugin.Name} {what}" : $"{plugin.Name}: {what}");

    /// <summary>First wish: the tap gets SIGTERM, the target's input ends so that its last STATE can land, and soon all is killed. Second wish: at once.</summary>
    private async Task StopAsync(StopSignal stop, PluginExecution tap, PluginExecution target, SingerRelay relay, CancellationToken ended)
    {
        if (!await WishAsync(stop.Gently, ended)) return;
        tap.Process.Terminate();
        relay.Stop();
        using var hurry = CancellationTokenSource.CreateLinkedTokenSource(stop.AtOnce, ended);
        var patience = new[] { LongestStop, tap.Manifest.Limits.Grace, target.Manifest.Limits.Grace }.Min();
        await Task.Delay(patience, time, hurry.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        tap.Process.Kill();
        target.Process.Kill();
    }

    private static async Task<bool> WishAsync(CancellationToken wish, CancellationToken ended)
    {
        var wished = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onWish = wish.Register(() => wished.TrySetResult(true));
        await using var onEnd = ended.Register(() => wished.TrySetResult(false));
        return await wished.Task;
    }

    private async Task ReportAsync(StepScope scope, PluginExecution tap, PluginExecution target, SingerRelay relay, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250), time);
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
                scope.Observer.StepProgressed(new StepProgress(scope.Request.Step.Id, relay.Records.Snapshot(), relay.Bytes, [tap.Progress, target.Progress]));
        }
        catch (OperationCanceledException)
        {
            // The step has ended; its last word is in its tally.
        }
    }
}
