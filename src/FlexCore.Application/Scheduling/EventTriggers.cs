using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Scheduling;

/// <summary>Starts the runs that events cause. The position of the event is the cause: handled again, it comes to the same run.</summary>
/// <param name="log">Where pipelines are.</param>
/// <param name="subscriptions">What hands events on.</param>
/// <param name="bus">Takes the wish for a run.</param>
/// <param name="time">The clock.</param>
public sealed class EventTriggers(IEventLog log, ILogSubscriptions subscriptions, MessageBus bus, TimeProvider time) : IDisposable
{
    private const string Name = "triggers";

    private readonly SemaphoreSlim _learning = new(1);
    private volatile IReadOnlyDictionary<string, IReadOnlyList<EffectiveTrigger>> _active = new Dictionary<string, IReadOnlyList<EffectiveTrigger>>(StringComparer.Ordinal);
    private long _known;

    /// <summary>Told of what goes wrong.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Whether runs start; events that happen while they do not wait.</summary>
    public Func<bool> IsOn { get; init; } = () => true;

    /// <summary>Works until it is cancelled. As long as no pipeline waits for an event, nobody reads them.</summary>
    public async Task WorkAsync(CancellationToken cancellationToken)
    {
        IAsyncDisposable? subscription = null;
        await SteadyWork.RepeatAsync(
            async () =>
            {
                await LearnAsync(await log.WaitForEventsAsync(_known, cancellationToken), cancellationToken);
                if (_active.Values.Any(triggers => triggers.Count > 0)) subscription ??= subscriptions.Subscribe(Name, HandleAsync);
            },
            SteadyWork.PauseBesideLog,
            Warn,
            time,
            cancellationToken);
        if (subscription is not null) await subscription.DisposeAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _learning.Dispose();

    /// <summary>Starts what an event causes.</summary>
    private async ValueTask HandleAsync(StoredEvent @event, CancellationToken cancellationToken)
    {
        while (!IsOn()) await Task.Delay(SteadyWork.PauseAfterFailure, time, cancellationToken);
        if (@event.Position > _known) await LearnAsync(@event.Position, cancellationToken);
        var matching = _active.SelectMany(entry => entry.Value.Select(effective => (Pipeline: entry.Key, Effective: effective)))
            .Where(entry => entry.Effective.Trigger.Type == @event.Type && entry.Effective.Since < @event.Position).ToList();
        if (matching.Count == 0) return;
        var about = await FindPipelineAsync(@event, cancellationToken);
        foreach (var (pipeline, effective) in matching.Where(entry => entry.Pipeline != about && (entry.Effective.Trigger.Pipeline ?? about) == about))
            await StartAsync(pipeline, effective.Trigger, @event, cancellationToken);
    }

    private async Task StartAsync(string pipeline, EventTrigger trigger, StoredEvent @event, CancellationToken cancellationToken)
    {
        var source = trigger.Kind == TriggerKind.Pipeline ? EventStreams.IdIn(@event.Stream, EventStreams.RunCategory)! : @event.Position.ToString();
        var request = new StartPipeline(pipeline, new Dictionary<string, string>(StringComparer.Ordinal), new RunTrigger(trigger.Kind, source))
        {
            RunId = CausedRun.Id(@event.At, pipeline, "event", @event.Position.ToString()),
        };
        var started = await bus.SendAsync(request, DueRuns.Scheduler, cancellationToken);

        // Paused meanwhile: nothing starts it any more.
        if (!started.IsSuccess && started.Errors[0].Code != ErrorCodes.PipelineNotStartable) throw new FlexCoreException(started.Errors);
    }

    /// <summary>Brings the triggers up to a position at least.</summary>
    private async Task LearnAsync(long position, CancellationToken cancellationToken)
    {
        await _learning.WaitAsync(cancellationToken);
        try
        {
            if (position <= _known) return;
            var end = await log.WaitForEventsAsync(position - 1, cancellationToken);
            var active = new Dictionary<string, IReadOnlyList<EffectiveTrigger>>(_active, StringComparer.Ordinal);
            foreach (var stream in (await log.ReadChangedAsync(EventStreams.PipelineCategory, _known, cancellationToken)).Streams) active[EventStreams.IdIn(stream, EventStreams.PipelineCategory)!] = await ReadAsync(stream, cancellationToken);
            _active = active;
            _known = end;
        }
        finally
        {
            _learning.Release();
        }
    }

    /// <summary>The triggers of a pipeline that start runs now. One that a new definition leaves as it was goes on.</summary>
    private async Task<IReadOnlyList<EffectiveTrigger>> ReadAsync(string stream, CancellationToken cancellationToken)
    {
        var stored = await log.ReadLogAsync(new EventQuery(0, int.MaxValue, Stream: stream), cancellationToken);
        var pipeline = Pipeline.Unknown;
        IReadOnlyList<EffectiveTrigger> effective = [];
        foreach (var (fact, at) in (await log.ReadAsync(stream, cancellationToken)).Zip(stored))
        {
            pipeline = pipeline.Apply(fact.Event);
            effective = [.. pipeline.ActiveTriggers.Events.Select(trigger => effective.FirstOrDefault(known => known.Trigger == trigger) ?? new EffectiveTrigger(trigger, at.Position))];
        }

        return effective;
    }

    /// <summary>The pipeline that an event is about; null where it is about none.</summary>
    private async Task<string?> FindPipelineAsync(StoredEvent @event, CancellationToken cancellationToken)
    {
        if (EventStreams.IdIn(@event.Stream, EventStreams.PipelineCategory) is { } name) return name;
        if (EventStreams.IdIn(@event.Stream, EventStreams.StateCategory) is { } state) return state.Split('.')[0];
        if (EventStreams.IdIn(@event.Stream, EventStreams.RunCategory) is not null)
        {
            var history = await log.ReadAsync(@event.Stream, cancellationToken);
            return Run.From([.. history.Select(fact => fact.Event)]).State.Pipeline;
        }

        return @event.Data.ValueKind == JsonValueKind.Object && @event.Data.TryGetProperty("pipeline", out var pipeline) && pipeline.ValueKind == JsonValueKind.String ? pipeline.GetString() : null;
    }

    /// <summary>A trigger that starts runs.</summary>
    /// <param name="Trigger">The trigger.</param>
    /// <param name="Since">The position from which on it does: what was before is nobody's business.</param>
    private sealed record EffectiveTrigger(EventTrigger Trigger, long Since);
}
