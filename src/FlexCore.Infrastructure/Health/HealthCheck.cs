namespace FlexCore.Infrastructure.Health;

/// <summary>What the outcome of a check decides.</summary>
[Flags]
public enum HealthTags
{
    /// <summary>Nothing: it is only told.</summary>
    None = 0,

    /// <summary>Whether the process is of any use; one that is not should be started again.</summary>
    Live = 1,

    /// <summary>Whether callers should be sent here.</summary>
    Ready = 2,

    /// <summary>Whether the process has finished its start, before which nothing else is asked of it.</summary>
    Startup = 4,

    /// <summary>The process goes on without it: it is then called degraded.</summary>
    Optional = 8,
}

/// <summary>Something that a process needs, and how to find out whether it is there.</summary>
/// <param name="Name">What people call it: lower-case letters, digits and hyphens; the label <c>check_name</c>.</param>
/// <param name="LookAsync">Looks: says what it has found, or throws what is wrong. Over the connections that the process has, never over one of its own.</param>
public sealed record HealthCheck(string Name, Func<CancellationToken, ValueTask<string?>> LookAsync)
{
    /// <summary>What its outcome decides.</summary>
    public HealthTags Tags { get; init; } = HealthTags.Ready;

    /// <summary>How long it may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long what was found is good enough for those who ask again.</summary>
    public TimeSpan KeptFor { get; init; } = TimeSpan.FromSeconds(1);
}
