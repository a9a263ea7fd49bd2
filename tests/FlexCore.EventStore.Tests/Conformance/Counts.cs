using System.Collections.Concurrent;
using FlexCore.EventStore.Projections;

namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>Counts the events of each stream; what one event counts is a matter of the version.</summary>
internal sealed class Counts(string view = "counts", int version = 1, int worth = 1) : Projection(view, version, view)
{
    private readonly string _view = view;

    public Func<RecordedEvent, Task> Before { get; set; } = _ => Task.CompletedTask;

    public ConcurrentQueue<long> Told { get; } = new();

    public override async ValueTask CreateAsync(ViewTransaction views, CancellationToken cancellationToken) =>
        await views.ExecuteAsync($"CREATE TABLE {views.Table(_view)} (stream text PRIMARY KEY, n bigint NOT NULL)", cancellationToken);

    public override async ValueTask ApplyAsync(IReadOnlyList<RecordedEvent> events, ViewTransaction views, CancellationToken cancellationToken)
    {
        foreach (var recorded in events)
        {
            await views.ExecuteAsync(
                $"INSERT INTO {views.Table(_view)} (stream, n) VALUES (@stream, @worth) ON CONFLICT (stream) DO UPDATE SET n = {views.Table(_view)}.n + excluded.n",
                cancellationToken,
                ("stream", recorded.StreamId), ("worth", worth));
            await Before(recorded).WaitAsync(cancellationToken);
        }
    }

    public override ValueTask CommittedAsync(IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken)
    {
        foreach (var recorded in events) Told.Enqueue(recorded.Position);
        return ValueTask.CompletedTask;
    }
}
