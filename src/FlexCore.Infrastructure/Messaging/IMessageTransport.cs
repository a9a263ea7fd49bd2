using CloudNative.CloudEvents;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>
/// Brings events from those who publish to groups that receive: each group gets each event of its topics at least once, from the moment it joined on, and those with the same key one after the other, in the order
/// in which they were published. What tries again, puts aside and tells repeated events apart stands above it, in <see cref="EventBus"/>, and so is the same for all.
/// </summary>
public interface IMessageTransport : IAsyncDisposable
{
    /// <summary>Its name in OpenTelemetry's registry (<c>messaging.system</c>), or of our own where that has none.</summary>
    string Name { get; }

    /// <summary>Publishes events, in their order.</summary>
    /// <param name="topic">Where to.</param>
    /// <param name="events">At least one.</param>
    /// <param name="cancellationToken">The caller's. What was given to the broker already may arrive all the same.</param>
    /// <returns>When the broker has confirmed that it has all of them, and not before.</returns>
    /// <exception cref="Domain.Errors.FlexCoreException">It did not confirm them; some may be there nevertheless.</exception>
    ValueTask PublishAsync(string topic, IReadOnlyList<CloudEvent> events, CancellationToken cancellationToken);

    /// <summary>Makes a group known, which gets what is published from now on; nothing where it is known already.</summary>
    ValueTask JoinAsync(string topic, string group, CancellationToken cancellationToken);

    /// <summary>Receives for a group, beside others who may do so in this process and elsewhere, until it is told to stop. What is under way then comes to its end.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="group">The group, which has joined.</param>
    /// <param name="concurrency">How many events are handled at the same time at most: of different keys.</param>
    /// <param name="handle">Handles an event: what it returns from is done with. It throws only when its token is cancelled: the event is then received again, by whoever has the group.</param>
    /// <param name="cancellationToken">Stops it; that is no failure. A broker that is away is waited for.</param>
    Task ReceiveAsync(string topic, string group, int concurrency, Func<Delivery, CancellationToken, ValueTask> handle, CancellationToken cancellationToken);

    /// <summary>Forgets a group, with what waits for it.</summary>
    ValueTask LeaveAsync(string topic, string group, CancellationToken cancellationToken);
}

/// <summary>What a transport has received: the event itself where it never left the process, else its bytes.</summary>
/// <param name="Event">The event; null where it has to be read.</param>
/// <param name="Body">CloudEvents 1.0 in JSON, or whatever somebody else has sent.</param>
public readonly record struct Delivery(CloudEvent? Event, ReadOnlyMemory<byte> Body);
