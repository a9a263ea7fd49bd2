namespace FlexCore.Infrastructure.Caching;

/// <summary>What is said of a value when it is to be kept; what is not said is as <see cref="CacheOptions"/> have it.</summary>
public sealed record CacheEntry
{
    /// <summary>As the options have it, without tags.</summary>
    public static readonly CacheEntry Default = new();

    /// <summary>Not to be kept.</summary>
    public static readonly CacheEntry NotKept = new() { Lifetime = TimeSpan.Zero };

    /// <summary>How long it is kept; zero not to keep it at all.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>How much longer it is used while its source fails.</summary>
    public TimeSpan? StaleFor { get; init; }

    /// <summary>How long its source may take before an old value is answered.</summary>
    public TimeSpan? SoftTimeout { get; init; }

    /// <summary>How long its source may take at all.</summary>
    public TimeSpan? HardTimeout { get; init; }

    /// <summary>By what it can be removed together with others.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];
}
