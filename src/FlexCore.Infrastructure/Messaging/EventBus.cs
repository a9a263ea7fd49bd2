using System.Text.RegularExpressions;
using CloudNative.CloudEvents;
using FlexCore.Domain.Errors;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>
/// Events between parts of a program, or programs, that do not know each other. Who publishes waits until the broker has an event; each group that subscribes handles it at least once, in the order of its key,
/// without regard to what other groups do with it. What a group fails to handle is tried again, and then put aside while others go on.
/// </summary>
public sealed partial class EventBus : IAsyncDisposable
{
    private readonly IMessageTransport _transport;
    private readonly EventBusStore _store;
    private readonly ILogger _log;
    private readonly TimeProvider _time;

    /// <param name="transport">Brings the events; ends with the bus.</param>
    /// <param name="store">Remembers what was handled, and what could not be; ends with the bus.</param>
    /// <param name="loggers">Get told of what is tried again or put aside.</param>
    /// <param name="time">The clock.</param>
    public EventBus(IMessageTransport transport, EventBusStore store, ILoggerFactory loggers, TimeProvider time) => (_transport, _store, _log, _time) = (transport, store, loggers.CreateLogger<EventBus>(), time);

    /// <summary>Publishes an event.</summary>
    /// <param name="topic">Where to: letters, digits, <c>. _ -</c>, at most 200.</param>
    /// <param name="published">The event. Gets the trace in which it is published, where it has none. Not to be changed afterwards.</param>
    /// <param name="key">What it must have in common with others to be handled in their order; null where that does not matter.</param>
    /// <param name="cancellationToken">The caller's. What was given to the broker may arrive all the same.</param>
    /// <exception cref="ArgumentException">The event has not what CloudEvents demands, or is larger than 1 MiB.</exception>
    /// <exception cref="FlexCoreException">The broker has not confirmed it. It may have it nevertheless: publish it again, with the same id, and it is not handled twice.</exception>
    public ValueTask PublishAsync(string topic, CloudEvent published, string? key, CancellationToken cancellationToken)
    {
        Prepare(topic, published);
        if (key is not null) CloudEventFormat.SetKey(published, key);
        return _transport.PublishAsync(topic, [published], cancellationToken);
    }

    /// <summary>Publishes several events, in their order.</summary>
    /// <param name="topic">Where to.</param>
    /// <param name="events">The events, with their keys in the attribute <c>partitionkey</c>.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="FlexCoreException">The broker has not confirmed all of them.</exception>
    public ValueTask PublishAsync(string topic, IReadOnlyList<CloudEvent> events, CancellationToken cancellationToken)
    {
        foreach (var published in events) Prepare(topic, published);
        return events.Count == 0 ? default : _transport.PublishAsync(topic, events, cancellationToken);
    }

    /// <summary>Handles the events of a topic for a group, from now on, until the answer is disposed. Of those who do so for one group, here and elsewhere, each event reaches one.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="group">Who handles them, as a name that stays the same: letters, digits, <c>. _ -</c>, at most 200.</param>
    /// <param name="handle">Handles an event: what it returns from is done with, what it throws is an attempt that failed.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the wait for the broker to know the group.</param>
    public async ValueTask<EventBusSubscription> SubscribeAsync(string topic, string group, Func<CloudEvent, CancellationToken, ValueTask> handle, SubscriberOptions options, CancellationToken cancellationToken)
    {
        CheckName(topic);
        CheckName(group);
        string[] problems = [.. options.Problems()];
        if (problems.Length > 0) throw new ArgumentException(string.Join("; ", problems), nameof(options));
        await _transport.JoinAsync(topic, group, cancellationToken);
        return new EventBusSubscription(_transport, new EventHandling(_transport.Name, topic, group, handle, _store, options, _log, _time), options);
    }

    /// <summary>Forgets a group, with the events that wait for it. Its subscriptions must have ended.</summary>
    public ValueTask UnsubscribeAsync(string topic, string group, CancellationToken cancellationToken)
    {
        CheckName(topic);
        CheckName(group);
        return _transport.LeaveAsync(topic, group, cancellationToken);
    }

    /// <summary>Lists the events that groups could not handle, the oldest first.</summary>
    public ValueTask<IReadOnlyList<DeadEvent>> ListDeadAsync(DeadEventQuery query, CancellationToken cancellationToken) => _store.ListDeadAsync(query, cancellationToken);

    /// <summary>Publishes a dead event again, for its group alone.</summary>
    /// <returns>False where there is none of that name.</returns>
    /// <exception cref="FormatException">What was received is no event; it can only be discarded.</exception>
    public async ValueTask<bool> ReplayAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await _store.FindDeadAsync(id, cancellationToken) is not { } dead) return false;
        var again = CloudEventFormat.Decode(dead.Body);
        CloudEventFormat.SetGroup(again, dead.Group);
        await _transport.PublishAsync(dead.Topic, [again], cancellationToken);
        await _store.SetReplayedAsync(id, cancellationToken);
        return true;
    }

    /// <summary>Throws a dead event away.</summary>
    /// <returns>False where there is none of that name.</returns>
    public ValueTask<bool> DiscardAsync(Guid id, CancellationToken cancellationToken) => _store.DiscardDeadAsync(id, cancellationToken);

    /// <summary>Ends the transport and the store. Subscriptions are to have ended before.</summary>
    public async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync();
        await _store.DisposeAsync();
    }

    private static void Prepare(string topic, CloudEvent published)
    {
        CheckName(topic);
        if (!published.IsValid) published.Validate();
        CloudEventFormat.SetTrace(published);
    }

    private static void CheckName(string name)
    {
        if (!Name().IsMatch(name)) throw new ArgumentException($"'{name}' is no name of a topic or group: letters, digits, and . _ -, at most 200.", nameof(name));
    }

    [GeneratedRegex(@"^[A-Za-z0-9._\-]{1,200}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
