using System.Collections.Concurrent;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Runs;

namespace FlexCore.Server.Following;

/// <summary>The runs that somebody follows: however many follow one, it is read once.</summary>
/// <param name="log">Where they are.</param>
/// <param name="time">The clock.</param>
/// <param name="write">Makes a frame of an event.</param>
internal sealed class RunFeeds<TFrame>(IEventLog log, TimeProvider time, Func<StoredEvent, TFrame> write)
    where TFrame : IRunFrame
{
    private readonly ConcurrentDictionary<Guid, RunFeed<TFrame>> _feeds = new();

    /// <summary>Follows a run.</summary>
    public RunFeed<TFrame>.Follower Join(Guid run)
    {
        while (true)
        {
            var feed = _feeds.GetOrAdd(run, id => new RunFeed<TFrame>(id, log, time, write, gone => _feeds.TryRemove(KeyValuePair.Create(id, gone))));
            if (feed.TryJoin() is { } follower) return follower;
        }
    }

    /// <summary>Whether nothing will happen to a run any more.</summary>
    public async Task<bool> IsEndedAsync(Guid run, CancellationToken cancellationToken) => await log.ReadLastAsync(EventStreams.Run(run), cancellationToken) is { } last && RunEnd.Is(last.Event);
}

/// <summary>An event of a run as it goes over the wire.</summary>
internal interface IRunFrame
{
    /// <summary>Its place in the run.</summary>
    long Version { get; }

    /// <summary>Whether it ends the run.</summary>
    bool IsEnd { get; }
}

/// <summary>The events behind which nothing happens to a run.</summary>
internal static class RunEnd
{
    private static readonly string[] Types = [nameof(PipelineCompleted), nameof(PipelineFailed), nameof(PipelineCancelled), nameof(PipelineInterrupted)];

    /// <summary>Whether an event is one of them.</summary>
    public static bool Is(StoredEvent stored) => Is(stored.Type);

    /// <summary>Whether events of a type are.</summary>
    public static bool Is(string type) => Types.Contains(type, StringComparer.Ordinal);

    /// <summary>The same of an event that was read.</summary>
    public static bool Is(IDomainEvent @event) => @event is PipelineCompleted or PipelineFailed or PipelineCancelled or PipelineInterrupted;
}
