using FlexCore.Application.Ports;

namespace FlexCore.Plugins.Sync;

/// <summary>Watches a sync from outside while it runs: stops it when somebody wishes so, and tells how far it is.</summary>
internal static class SyncWatch
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(2);

    /// <summary>First wish: the tap gets SIGTERM, the inputs of the others end so that the last STATE can land, and soon all is killed. Second wish: at once.</summary>
    public static async Task StopAsync(SyncPrograms programs, IReadOnlyList<SyncFlow> flows, SyncFlows running, StopSignal stop, TimeProvider time, CancellationToken ended)
    {
        if (!await WishAsync(stop.Gently, ended)) return;
        flows[0].Source?.Process.Terminate();
        running.Stop();
        using var hurry = CancellationTokenSource.CreateLinkedTokenSource(stop.AtOnce, ended);
        var patience = programs.All.Select(plugin => plugin.Manifest.Limits.Grace).Append(LongestStop).Min();
        await Task.Delay(patience, time, hurry.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        foreach (var plugin in programs.All) plugin.Process.Kill();
    }

    /// <summary>Tells how far the sync is, several times a second.</summary>
    public static async Task ReportAsync(IRunObserver observer, Func<StepProgress> describe, TimeProvider time, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250), time);
        try
        {
            while (await timer.WaitForNextTickAsync(ended)) observer.StepProgressed(describe());
        }
        catch (OperationCanceledException)
        {
            // The step has ended; its last word is in its tally.
        }
    }

    private static async Task<bool> WishAsync(CancellationToken wish, CancellationToken ended)
    {
        var wished = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onWish = wish.Register(() => wished.TrySetResult(true));
        await using var onEnd = ended.Register(() => wished.TrySetResult(false));
        return await wished.Task;
    }
}
