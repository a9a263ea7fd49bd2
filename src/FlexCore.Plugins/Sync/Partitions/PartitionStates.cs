using System.Text.Json;
using FlexCore.Domain.Runs;

namespace FlexCore.Plugins.Sync.Partitions;

/// <summary>The one state of a partitioned sync: takes what its partitions confirm, one at a time, and passes on what they say together.</summary>
/// <param name="merge">Puts it together.</param>
/// <param name="start">Where they begin; null where they begin anew.</param>
/// <param name="targets">The names of the step's targets.</param>
/// <param name="number">The highest number that a STATE of the step has had.</param>
/// <param name="commit">Takes the states of all, each of which stands for those before it.</param>
internal sealed class PartitionStates(StateMerge merge, JsonElement? start, IReadOnlyList<string> targets, long number, Action<JsonElement, IReadOnlyList<TargetState>?> commit)
{
    private readonly Lock _gate = new();
    private JsonElement? _last = start;
    private long _number = number;

    /// <summary>Takes what the targets of one partition have confirmed: of several, the oldest of it.</summary>
    public void Confirm(int partition, JsonElement value)
    {
        lock (_gate)
        {
            var merged = merge.Confirm(partition, value);
            if (_last is { } last && JsonElement.DeepEquals(last, merged)) return;
            _last = merged;

            // Of several targets each may be the last in another partition, so the oldest of every part is what all of them have.
            _number++;
            commit(merged, targets.Count == 1 ? null : [.. targets.Select(target => new TargetState(target, _number, merged))]);
        }
    }

    /// <inheritdoc cref="StateMerge.FindUnsettled()"/>
    public IReadOnlyList<string> FindUnsettled()
    {
        lock (_gate) return [.. merge.FindUnsettled()];
    }
}
