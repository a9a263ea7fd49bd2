using System.Text.Json;

namespace FlexCore.Domain.Runs;

/// <summary>The bookmarks of a sync step: where its next run goes on.</summary>
/// <param name="Value">A Singer STATE's value, or null where the tap begins anew; of several targets, the oldest.</param>
/// <param name="RunId">The run that committed it; null when it was set or cleared by hand.</param>
/// <param name="Version">How often it was changed.</param>
/// <param name="Targets">Where each of several targets is.</param>
public sealed record CommittedState(JsonElement? Value, Guid? RunId, long Version, IReadOnlyList<TargetState> Targets)
{
    /// <summary>Before anything was committed.</summary>
    public static CommittedState None { get; } = new(null, null, 0, []);

    /// <summary>Whether <see cref="Value"/> holds for every target, whichever there are: somebody has set it by hand.</summary>
    public bool IsForAllTargets { get; init; }

    /// <summary>What an event of the state's stream leaves. Each says everything, whatever came before it.</summary>
    /// <returns>Null for an event that this version does not know.</returns>
    public static CommittedState? After(IDomainEvent @event, long version) => @event switch
    {
        StateCommitted e => new CommittedState(ValueOrNull(e.Value), e.RunId, version, e.Targets ?? []),
        StateSet e => new CommittedState(ValueOrNull(e.Value), null, version, e.Targets ?? []) { IsForAllTargets = e.IsForAllTargets },
        StateCleared => None with { Version = version },
        _ => null,
    };

    private static JsonElement? ValueOrNull(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value;
}
