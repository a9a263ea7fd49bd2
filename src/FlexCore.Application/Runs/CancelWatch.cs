using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Watches whether somebody wants a run to stop that this process drives alone, with no node to hear of it.</summary>
internal sealed class CancelWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _end = new();
    private readonly Task _watching;

    public CancelWatch(IEventLog log, Guid runId, RunControl control, TimeProvider time) => _watching = WatchAsync(log, EventStreams.Run(runId), control, time);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task WatchAsync(IEventLog log, string stream, RunControl control, TimeProvider time)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(_end.Token))
        {
            if (await log.ReadLastAsync(stream, _end.Token) is not { Event: PipelineCancelRequested }) continue;
            control.Cancel();
            return;
        }
    }
}
