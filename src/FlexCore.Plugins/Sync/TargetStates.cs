using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Sync.Partitions;

namespace FlexCore.Plugins.Sync;

/// <summary>Where each target of a sync is, and with it where the tap would have to go on from: where the last of them is.</summary>
internal sealed class TargetStates
{
    private static readonly JsonElement Nothing = JsonElement.Parse("null");

    private readonly Lock _gate = new();
    private readonly TargetState[] _targets;
    private readonly bool[] _hasAnswered;
    private readonly IRunObserver _observer;
    private readonly TargetState _start;
    private readonly long _number;
    private bool _hasWarned;

    /// <summary>Begins where the tap does.</summary>
    public TargetStates(IReadOnlyList<string> targets, CommittedState committed, bool fullRefresh, IRunObserver observer)
        : this(
            targets,
            fullRefresh ? new TargetState("", 0, null) : FindStart(targets, committed, observer),
            committed.Targets.Select(target => target.Number).DefaultIfEmpty().Max(),
            observer)
    {
    }

    private TargetStates(IReadOnlyList<string> targets, TargetState start, long last, IRunObserver observer)
    {
        (_observer, _start, _number) = (observer, start, Math.Max(start.Number, last));
        Start = start.Value;

        // Whoever was further gets everything after the start once more, so that is where it is.
        _targets = [.. targets.Select(target => start with { Target = target })];
        _hasAnswered = new bool[targets.Count];
        Numbers = targets.Count > 1 ? new StateNumbers(targets.Count, _number) : null;
    }

    /// <summary>What the tap is given; null where it begins anew.</summary>
    public JsonElement? Start { get; }

    /// <summary>Those that gave no STATE back so far.</summary>
    public IEnumerable<string> Silent => _targets.Where((_, target) => !_hasAnswered[target]).Select(state => state.Target);

    /// <summary>The numbers of STATEs that pass; null where there is one target, whose last word is what counts.</summary>
    public StateNumbers? Numbers { get; }

    /// <summary>The same beginning for the targets of another partition.</summary>
    public TargetStates Again() => new([.. _targets.Select(target => target.Target)], _start, _number, _observer);

    /// <summary>Where several partitions begin here, puts together what they confirm.</summary>
    /// <param name="names">The names of the record streams of each.</param>
    /// <param name="commit">Takes what they say together, one after the other.</param>
    public PartitionStates Merge(IReadOnlyList<IReadOnlySet<string>> names, Action<JsonElement, IReadOnlyList<TargetState>?> commit) =>
        new(new StateMerge(Start, names), Start, [.. _targets.Select(target => target.Target)], _number, commit);

    /// <summary>A target gives a STATE back.</summary>
    /// <param name="target">Which, in the order of the step.</param>
    /// <param name="value">The STATE's value.</param>
    /// <param name="commit">Takes what it says, one after the other.</param>
    public void Confirm(int target, JsonElement value, Action<JsonElement, IReadOnlyList<TargetState>?> commit)
    {
        _hasAnswered[target] = true;
        if (Numbers is null)
        {
            commit(value, null);
            return;
        }

        if (Numbers.Confirm(target, value) is not { } number)
        {
            if (!_hasWarned) _observer.Warning($"{_targets[target].Target} gave back a STATE that is not one of those it got; with several targets it cannot be counted");
            _hasWarned = true;
            return;
        }

        lock (_gate)
        {
            _targets[target] = _targets[target] with { Number = number, Value = value };
            commit(_targets.MinBy(state => state.Number)!.Value ?? Nothing, [.. _targets]);
        }
    }

    /// <summary>The names of a step's targets: those of their plugins, and <c>name#2</c> for the second use of one.</summary>
    public static IReadOnlyList<string> NamesOf(IEnumerable<string> plugins)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var names = new List<string>();
        foreach (var plugin in plugins)
        {
            seen[plugin] = seen.GetValueOrDefault(plugin) + 1;
            names.Add(seen[plugin] == 1 ? plugin : $"{plugin}#{seen[plugin]}");
        }

        return names;
    }

    private static TargetState FindStart(IReadOnlyList<string> targets, CommittedState committed, IRunObserver observer)
    {
        if (targets.Count == 1 || committed.Value is null || committed.IsForAllTargets) return new TargetState("", 0, committed.Value);
        var known = targets.Select(target => committed.Targets.FirstOrDefault(state => state.Target == target)).ToList();
        if (known.FindIndex(state => state is null) is >= 0 and var added)
        {
            observer.Warning($"{targets[added]} has no state of its own yet, so the tap begins anew for all targets");
            return new TargetState("", 0, null);
        }

        return known.MinBy(state => state!.Number)!;
    }
}
