using System.Collections.Concurrent;
using FlexCore.Application.Ports;
using FlexCore.Domain.Runs;

namespace FlexCore.Orchestration.Benchmarks;

/// <summary>Reads the log as it grows, for the ends of runs.</summary>
internal sealed class Ends : IDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _ends = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();

    public Ends(IEventLog log, long after) => _ = Task.Run(() => ReadAsync(log, after));

    public Task OfAsync(Guid run) => End($"run-{run}").Task;

    public void Dispose() => _stop.Cancel();

    private async Task ReadAsync(IEventLog log, long after)
    {
        while (true)
        {
            await log.WaitForEventsAsync(after, _stop.Token);
            foreach (var stored in await log.ReadLogAsync(new EventQuery(after, 1000), _stop.Token))
            {
                after = stored.Position;
                if (stored.Type is nameof(PipelineCompleted)) End(stored.Stream).TrySetResult();
            }
        }
    }

    private TaskCompletionSource End(string stream) => _ends.GetOrAdd(stream, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
