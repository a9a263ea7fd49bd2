namespace FlexCore.Application.Monitoring;

/// <summary>Something that a node needs, and how to find out whether it is there.</summary>
/// <param name="Name">What people call it: lower-case letters and hyphens.</param>
/// <param name="IsNeeded">Whether without it the node is of no use to callers, so that they should be sent to another one.</param>
/// <param name="LookAsync">Looks: says what it has found, or throws a <see cref="Domain.Errors.FlexCoreException"/> that says what is wrong.</param>
public sealed record HealthProbe(string Name, bool IsNeeded, Func<CancellationToken, ValueTask<string>> LookAsync)
{
    /// <summary>How long what was found is good enough.</summary>
    public TimeSpan KeptFor { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>What a probe has found.</summary>
/// <param name="Probe">Which one.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Detail">What is there; null where it is away.</param>
/// <param name="Error">What is wrong; null where nothing is.</param>
public sealed record ProbeFinding(HealthProbe Probe, TimeSpan Took, string? Detail, string? Error);
