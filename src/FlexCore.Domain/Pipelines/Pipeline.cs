using System.Collections.Immutable;
using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Domain.Pipelines;

/// <summary>What may happen with a pipeline.</summary>
public enum PipelineLifecycle
{
    /// <summary>Nobody has recorded it.</summary>
    Unknown,

    /// <summary>Recorded: it runs when somebody asks for it, and by no trigger.</summary>
    Created,

    /// <summary>Its triggers start runs too.</summary>
    Active,

    /// <summary>No run starts until it is activated again; what runs goes on.</summary>
    Paused,

    /// <summary>Out of use: it can neither run nor be revised until it is activated again.</summary>
    Archived,
}

/// <summary>One definition of a pipeline, never changed.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Hash">SHA-256 of the definition.</param>
/// <param name="File">Where it was read.</param>
/// <param name="Definition">As written, secret fields masked.</param>
/// <param name="Rules">How its runs wait for a node.</param>
/// <param name="Triggers">What starts its runs beside people.</param>
public sealed record PipelineVersion(int Number, string Hash, string File, JsonElement Definition, RunRules Rules, Triggers Triggers);

/// <summary>What is on record of a pipeline: its definitions, and what may happen with it. Each method decides what follows from a wish; nothing does where it is so already.</summary>
public sealed record Pipeline
{
    private Pipeline()
    {
    }

    /// <summary>A pipeline that nobody has recorded.</summary>
    public static Pipeline Unknown { get; } = new();

    /// <summary>Its name; empty while nobody has recorded it.</summary>
    public string Name { get; private init; } = "";

    /// <summary>What may happen with it.</summary>
    public PipelineLifecycle Lifecycle { get; private init; }

    /// <summary>Every definition, oldest first; the last one holds.</summary>
    public ImmutableList<PipelineVersion> Versions { get; private init; } = [];

    /// <summary>The definition that holds; null while there is none.</summary>
    public PipelineVersion? Current => Versions.LastOrDefault();

    /// <summary>What starts its runs now beside people.</summary>
    public Triggers ActiveTriggers => Lifecycle == PipelineLifecycle.Active && Current is { } current ? current.Triggers : Triggers.None;

    /// <summary>Folds its event stream.</summary>
    public static Pipeline From(IEnumerable<IDomainEvent> history) => Unknown.Fold(history);

    /// <summary>Folds one event.</summary>
    public Pipeline Apply(IDomainEvent @event) => @event switch
    {
        PipelineCreated e => this with { Name = e.Name, Lifecycle = PipelineLifecycle.Created, Versions = Version(e.Hash, e.File, e.Definition, e.Rules, e.Triggers) },
        PipelineRevised e => this with { Versions = Version(e.Hash, e.File, e.Definition, e.Rules, e.Triggers) },
        PipelineActivated => this with { Lifecycle = PipelineLifecycle.Active },
        PipelinePaused => this with { Lifecycle = PipelineLifecycle.Paused },
        PipelineArchived => this with { Lifecycle = PipelineLifecycle.Archived },
        UnknownEvent => this,
        _ => throw new InvalidOperationException($"{@event.GetType().Name} is not an event of a pipeline"),
    };

    /// <summary>Takes a definition over: the first one creates the pipeline, another one than the current revises it.</summary>
    public Result<IDomainEvent[]> Record(PipelineDefinition definition)
    {
        if (Lifecycle == PipelineLifecycle.Archived) return Refuse("is archived and takes no new definition");
        var written = definition.Triggers == Triggers.None ? null : definition.Triggers;
        if (Current is not { } current) return Decide(new PipelineCreated(definition.Name, definition.File, definition.Hash, definition.Document, definition.Rules, written));
        return definition.Hash == current.Hash && definition.File == current.File
            ? Nothing
            : Decide(new PipelineRevised(definition.Name, definition.File, definition.Hash, definition.Document, definition.Rules, written));
    }

    /// <summary>Becomes what its file says. One that somebody has paused stays so, for that is not the file's affair; one that was archived comes back.</summary>
    /// <param name="definition">What the file says.</param>
    /// <param name="activates">Whether its triggers may start runs then.</param>
    public Result<IDomainEvent[]> Declare(PipelineDefinition definition, bool activates)
    {
        var brought = activates && Lifecycle == PipelineLifecycle.Archived ? Decide(new PipelineActivated()) : Nothing;
        var recorded = Fold(brought).Record(definition);
        if (!recorded.IsSuccess) return recorded;
        IDomainEvent[] events = [.. brought, .. recorded.Value];
        return activates && Fold(events).Lifecycle == PipelineLifecycle.Created ? (IDomainEvent[])[.. events, new PipelineActivated()] : events;
    }

    /// <summary>Folds events that follow.</summary>
    public Pipeline Fold(IEnumerable<IDomainEvent> events) => events.Aggregate(this, (pipeline, @event) => pipeline.Apply(@event));

    /// <summary>Lets its triggers start runs.</summary>
    public Result<IDomainEvent[]> Activate() => Become(PipelineLifecycle.Active, new PipelineActivated());

    /// <summary>Lets no run start any more.</summary>
    /// <param name="reason">For those who wonder later.</param>
    public Result<IDomainEvent[]> Pause(string? reason) =>
        Lifecycle == PipelineLifecycle.Archived ? Refuse("is archived already") : Become(PipelineLifecycle.Paused, new PipelinePaused(reason));

    /// <summary>Takes it out of use.</summary>
    public Result<IDomainEvent[]> Archive() => Become(PipelineLifecycle.Archived, new PipelineArchived());

    /// <summary>Why no run of it may start now; null when one may.</summary>
    /// <param name="byTrigger">Whether a trigger wants it, and not a person.</param>
    public Error? RefuseToStart(bool byTrigger) => Lifecycle switch
    {
        PipelineLifecycle.Paused => Refuse("is paused"),
        PipelineLifecycle.Archived => Refuse("is archived"),
        PipelineLifecycle.Created when byTrigger => Refuse("is not active, and only starts when somebody asks for it"),
        _ => null,
    };

    private ImmutableList<PipelineVersion> Version(string hash, string file, JsonElement definition, RunRules? rules, Triggers? triggers) =>
        Versions.Add(new PipelineVersion(Versions.Count + 1, hash, file, definition, rules ?? RunRules.Usual, triggers ?? Triggers.None));

    private static IDomainEvent[] Nothing => [];

    private static IDomainEvent[] Decide(IDomainEvent @event) => [@event];

    private Result<IDomainEvent[]> Become(PipelineLifecycle lifecycle, IDomainEvent @event)
    {
        if (Lifecycle == PipelineLifecycle.Unknown) return new Error(ErrorCodes.NotFound, "there is no pipeline of that name", SpecificRemedy: "List what is there: `flexcore pipeline list`.");
        return Lifecycle == lifecycle ? Nothing : Decide(@event);
    }

    private Error Refuse(string what) => new(ErrorCodes.PipelineNotStartable, $"pipeline {Name} {what}", SpecificRemedy: $"Activate it with `flexcore pipeline activate {Name}`.");
}
