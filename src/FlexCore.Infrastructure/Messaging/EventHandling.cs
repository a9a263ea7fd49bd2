using System.Diagnostics;
using System.Diagnostics.Metrics;
using CloudNative.CloudEvents;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Resilience;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>What happens to an event that a group has received, whatever has brought it.</summary>
internal sealed partial class EventHandling
{
    private static readonly TimeSpan UntilTheStoreIsTriedAgain = TimeSpan.FromSeconds(1);

    private static readonly Counter<long> Handled = SystemTelemetry.Meter.CreateCounter<long>("bus_events_handled_total", description: "Events that groups have received, by what became of them.");

    private readonly Func<CloudEvent, CancellationToken, ValueTask> _handle;
    private readonly EventBusStore _store;
    private readonly SystemTelemetry _telemetry;
    private readonly Attempts _attempts;
    private readonly bool _remembers;
    private readonly ILogger _log;
    private readonly TimeProvider _time;

    public EventHandling(string transport, string topic, string group, Func<CloudEvent, CancellationToken, ValueTask> handle, EventBusStore store, SubscriberOptions options, ILogger log, TimeProvider time)
    {
        (Topic, Group, _handle, _store, _remembers, _log, _time) = (topic, group, handle, store, options.RemembersHandled, log, time);
        _telemetry = new SystemTelemetry(transport, SystemKind.Messaging);
        _attempts = new Attempts(options.Retry, static _ => true, static _ => null, (failure, attempt, pause) => LogAttempt(_log, Topic, Group, attempt, pause.TotalMilliseconds, failure), time);
    }

    public string Topic { get; }

    public string Group { get; }

    /// <summary>Handles an event, or puts it aside. Nothing is lost: while the store is away it waits.</summary>
    /// <exception cref="OperationCanceledException">Neither: it is received again.</exception>
    public async ValueTask HandleAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.Event is not { } received)
        {
            try
            {
                received = CloudEventFormat.Decode(delivery.Body);
            }
            catch (FormatException e)
            {
                await BuryAsync(0, e, delivery.Body, cancellationToken);
                return;
            }
        }

        if (CloudEventFormat.GroupOf(received) is { } only && only != Group) return;
        var id = $"{received.Source} {received.Id}";
        if (_remembers && await PersistAsync(token => _store.IsHandledAsync(Topic, Group, id, token), cancellationToken))
        {
            Count("repeated");
            return;
        }

        var attempt = 1;
        try
        {
            await HandleOnceAsync(received, cancellationToken);
        }
        catch (Exception first) when (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await _attempts.GoOnAsync(first, async token =>
                {
                    attempt++;
                    await HandleOnceAsync(received, token);
                    return true;
                }, cancellationToken);
            }
            catch (Exception last) when (!cancellationToken.IsCancellationRequested)
            {
                await BuryAsync(attempt, last, CloudEventFormat.Encode(received), cancellationToken);
                return;
            }
        }

        if (_remembers)
        {
            await PersistAsync(
                async token =>
                {
                    await _store.AddHandledAsync(Topic, Group, id, token);
                    return true;
                },
                cancellationToken);
        }

        Count("handled");
    }

    private async ValueTask HandleOnceAsync(CloudEvent received, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        using var span = _telemetry.StartProcessing(Topic, Group, CloudEventFormat.TraceOf(received), "event bus");
        string? error = null;
        try
        {
            await _handle(received, cancellationToken);
        }
        catch (Exception e)
        {
            error = (e as FlexCoreException)?.Error.Code.Id ?? e.GetType().Name;
            span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", error);
            throw;
        }
        finally
        {
            _telemetry.RecordProcessed(Topic, Group, Stopwatch.GetElapsedTime(began), error);
        }
    }

    private async ValueTask BuryAsync(int attempts, Exception failure, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var dead = await PersistAsync(token => _store.AddDeadAsync(Topic, Group, attempts, failure.Message, body, token), cancellationToken);
        LogDead(_log, Topic, Group, dead, attempts, failure);
        Count("dead");
    }

    private async ValueTask<T> PersistAsync<T>(Func<CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await ask(cancellationToken);
            }
            catch (FlexCoreException e)
            {
                LogStore(_log, Topic, Group, e.Message);
            }

            await Task.Delay(UntilTheStoreIsTriedAgain, _time, cancellationToken);
        }
    }

    private void Count(string outcome) => Handled.Add(1, new KeyValuePair<string, object?>("topic", Topic), new KeyValuePair<string, object?>("group", Group), new KeyValuePair<string, object?>("outcome", outcome));

    [LoggerMessage(EventId = 320, EventName = "EventRetried", Level = LogLevel.Warning, Message = "{Group} failed with an event of {Topic} (attempt {Attempt}); it is tried again in {PauseMs} ms")]
    private static partial void LogAttempt(ILogger log, string topic, string group, int attempt, double pauseMs, Exception failure);

    [LoggerMessage(EventId = 321, EventName = "EventDied", Level = LogLevel.Error, Message = "{Group} could not handle an event of {Topic} in {Attempts} attempts; it is kept as {DeadEvent}")]
    private static partial void LogDead(ILogger log, string topic, string group, Guid deadEvent, int attempts, Exception failure);

    [LoggerMessage(EventId = 322, EventName = "EventStoreWaitedFor", Level = LogLevel.Warning, Message = "Events of {Topic} for {Group} wait: {Reason}")]
    private static partial void LogStore(ILogger log, string topic, string group, string reason);
}
