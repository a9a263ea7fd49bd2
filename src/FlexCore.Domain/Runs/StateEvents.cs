using System.Text.Json;

namespace FlexCore.Domain.Runs;

/// <summary>A target has confirmed everything up to this Singer STATE. The last event of the stream is where the next run goes on.</summary>
/// <param name="RunId">The run that moved it.</param>
/// <param name="Value">The STATE's value, as the target gave it; of several targets, the oldest.</param>
/// <param name="Targets">Where each of several targets is.</param>
[EventType("StateCommitted")]
public sealed record StateCommitted(Guid RunId, JsonElement Value, IReadOnlyList<TargetState>? Targets = null) : IDomainEvent
{
    /// <summary>Whether another one would leave the bookmarks where this one does, whoever moved them.</summary>
    public bool SaysTheSameAs(StateCommitted other) =>
        JsonElement.DeepEquals(Value, other.Value) && (Targets ?? []).SequenceEqual(other.Targets ?? [], EqualityComparer<TargetState>.Create((x, y) => x!.IsLike(y!)));
}

/// <summary>Somebody has put the bookmarks of a step to a value by hand.</summary>
/// <param name="Value">A Singer STATE's value.</param>
/// <param name="Targets">Where each of several targets is, if it is an older version that came back.</param>
/// <param name="IsForAllTargets">Whether the value holds for every target of the step, whichever there are.</param>
/// <param name="FromVersion">The older version that it was taken from.</param>
/// <param name="Reason">Why, in the words of whoever did it.</param>
[EventType("StateSet")]
public sealed record StateSet(JsonElement Value, IReadOnlyList<TargetState>? Targets, bool IsForAllTargets, long? FromVersion, string? Reason) : IDomainEvent;

/// <summary>Somebody has removed the bookmarks of a step: the next run begins anew.</summary>
/// <param name="Reason">Why, in the words of whoever did it.</param>
[EventType("StateCleared")]
public sealed record StateCleared(string? Reason) : IDomainEvent;

/// <summary>A full refresh has brought everything anew, and what it brought counts.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Records">Records by record stream.</param>
/// <param name="IsSwapped">Whether it was written beside the old content, and has taken its place.</param>
[EventType("FullRefreshCompleted")]
public sealed record FullRefreshCompleted(Guid RunId, IReadOnlyDictionary<string, long> Records, bool IsSwapped) : IDomainEvent;

/// <summary>The last STATE that one of several targets has confirmed.</summary>
/// <param name="Target">The target's plugin; its second use in the step is <c>name#2</c>.</param>
/// <param name="Number">Counts the STATEs of a step as they pass to its targets.</param>
/// <param name="Value">The STATE's value; null where nothing is confirmed yet.</param>
public sealed record TargetState(string Target, long Number, JsonElement? Value)
{
    internal bool IsLike(TargetState other) =>
        Target == other.Target && Number == other.Number && (Value is { } mine && other.Value is { } others ? JsonElement.DeepEquals(mine, others) : Value is null == other.Value is null);
}
