using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using CloudNative.CloudEvents;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>Within this process. Nothing is written down: what waits when the process ends is lost. Whoever publishes waits while 10,000 events wait for a group, also for one that nobody receives for.</summary>
public sealed class InProcessTransport : IMessageTransport
{
    private const int Capacity = 10_000;

    private readonly ConcurrentDictionary<string, ImmutableArray<Group>> _groups = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Name => "in_process";

    /// <inheritdoc/>
    public ValueTask PublishAsync(string topic, IReadOnlyList<CloudEvent> events, CancellationToken cancellationToken)
    {
        if (!_groups.TryGetValue(topic, out var groups)) return default;
        return groups is [var only] && events is [var single] ? only.Waiting.Writer.WriteAsync(single, cancellationToken) : PublishAllAsync(groups, events, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask JoinAsync(string topic, string group, CancellationToken cancellationToken)
    {
        _groups.AddOrUpdate(topic, static (_, name) => [new Group(name)], static (_, known, name) => known.Any(each => each.Name == name) ? known : known.Add(new Group(name)), group);
        return default;
    }

    /// <inheritdoc/>
    public async Task ReceiveAsync(string topic, string group, int concurrency, Func<Delivery, CancellationToken, ValueTask> handle, CancellationToken cancellationToken)
    {
        var joined = _groups[topic].Single(each => each.Name == group);
        try
        {
            await joined.Turn.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        var lanes = new KeyedLanes<CloudEvent>(concurrency, (received, token) => handle(new Delivery(received, default), token), CancellationToken.None);
        try
        {
            await FeedAsync(joined, lanes, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // It is told to stop.
        }
        finally
        {
            // Before what it had not been given yet.
            joined.Left = new Queue<CloudEvent>([.. await lanes.EndAsync(), .. joined.Left]);
            joined.Turn.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask LeaveAsync(string topic, string group, CancellationToken cancellationToken)
    {
        _groups.AddOrUpdate(topic, static (_, _) => [], static (_, known, name) => known.RemoveAll(each => each.Name == name), group);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private static async Task FeedAsync(Group group, KeyedLanes<CloudEvent> lanes, CancellationToken cancellationToken)
    {
        while (group.Left.TryPeek(out var left))
        {
            await lanes.AddAsync(CloudEventFormat.KeyOf(left), left, cancellationToken);
            group.Left.Dequeue();
        }

        while (await group.Waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            while (group.Waiting.Reader.TryPeek(out var next))
            {
                await lanes.AddAsync(CloudEventFormat.KeyOf(next), next, cancellationToken);
                group.Waiting.Reader.TryRead(out _);
            }
        }
    }

    // Each group has an event of its own: what one of them does to it harms no other.
    private static async ValueTask PublishAllAsync(ImmutableArray<Group> groups, IReadOnlyList<CloudEvent> events, CancellationToken cancellationToken)
    {
        foreach (var published in events)
        {
            foreach (var group in groups) await group.Waiting.Writer.WriteAsync(groups.Length == 1 ? published : CloudEventFormat.Copy(published), cancellationToken);
        }
    }

    /// <param name="Name">As people call it.</param>
    private sealed record Group(string Name)
    {
        public Channel<CloudEvent> Waiting { get; } = Channel.CreateBounded<CloudEvent>(new BoundedChannelOptions(Capacity));

        /// <summary>What whoever had the turn before was given and has not handled.</summary>
        public Queue<CloudEvent> Left { get; set; } = [];

        /// <summary>Of several who receive for the group one does so at a time, or events would overtake each other.</summary>
        public SemaphoreSlim Turn { get; } = new(1);
    }
}
