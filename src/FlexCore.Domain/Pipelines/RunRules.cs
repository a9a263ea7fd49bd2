using System.Text.Json.Serialization;

namespace FlexCore.Domain.Pipelines;

/// <summary>How runs of a pipeline wait for a node.</summary>
/// <param name="Limit">How many may run at once; null sets no limit.</param>
/// <param name="Per">The variable for each value of which the limit holds by itself; null counts all runs of the pipeline together.</param>
/// <param name="Labels">A node must have them all.</param>
/// <param name="Priority">Higher ones go first.</param>
public sealed record RunRules(int? Limit, string? Per, IReadOnlyList<string> Labels, int Priority)
{
    /// <summary>The highest priority; the lowest is as far below 0.</summary>
    public const int HighestPriority = 100;

    /// <summary>The most runs at once that a pipeline can be limited to.</summary>
    public const int HighestLimit = 10_000;

    /// <summary>One at a time, on any node.</summary>
    public static RunRules Usual { get; } = new(1, Per: null, Labels: [], Priority: 0);

    /// <summary>Whether never more than one run of the pipeline is under way.</summary>
    [JsonIgnore]
    public bool IsOneAtATime => Limit == 1 && Per is null;
}
