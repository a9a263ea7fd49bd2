using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Caching;

/// <summary>What a cache keeps, for how long and where. The section <c>FlexCore:Cache</c>.</summary>
public sealed class CacheOptions : ConfiguredOptions
{
    /// <summary>Whether processes share what they keep, over the Redis that <see cref="Redis"/> says.</summary>
    public bool Shared { get; set; }

    /// <summary>The name of the Redis instance, as in <c>FlexCore:Redis:NAME</c>; empty for the one without a name.</summary>
    public string Redis { get; set; } = "";

    /// <summary>How long a value is kept, above 0 and at most <see cref="Longest"/>.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How much longer at most, at random, as a share of <see cref="Lifetime"/>, so that what came together does not end together; 0 to 1.</summary>
    public double Jitter { get; set; } = 0.1;

    /// <summary>How much longer a value is used while its source fails; 0 for not at all.</summary>
    public TimeSpan StaleFor { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a source that has failed is not asked again for a value of which an old one is there.</summary>
    public TimeSpan StaleRetry { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After which share of its lifetime a value that is asked for is made again beside, while the old one is still answered; above 0 and at most 1, where 1 is never.</summary>
    public double RefreshAfter { get; set; } = 0.9;

    /// <summary>How long a source may take before an old value is answered, if there is one; what it says later is kept. Empty for as long as <see cref="HardTimeout"/>.</summary>
    public TimeSpan? SoftTimeout { get; set; }

    /// <summary>How long a source may take at all before those who wait are told so; what it says later is kept.</summary>
    public TimeSpan HardTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many bytes are kept in memory, by the size of the values as JSON; what was used least leaves first.</summary>
    public long MemoryBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>How many bytes a value may have as JSON; a larger one is answered, and not kept.</summary>
    public int ValueBytes { get; set; } = 1024 * 1024;

    /// <summary>How long anything is kept at most, with all that makes it longer. Removals by tag and pattern are remembered as long.</summary>
    public TimeSpan Longest { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long Redis may take for a value before the source is asked.</summary>
    public TimeSpan RedisTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long Redis is not asked after it has failed.</summary>
    public TimeSpan RedisPause { get; set; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    internal override IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Redis.Length > 0 && !Shared) yield return (nameof(Redis), "is used only with Shared: true");
        if (Longest <= TimeSpan.Zero || Longest > TimeSpan.FromDays(30)) yield return (nameof(Longest), "must be above 0 and at most 30 days");
        if (Lifetime <= TimeSpan.Zero || Lifetime > Longest) yield return (nameof(Lifetime), "must be above 0 and at most Longest");
        if (Jitter is not (>= 0 and <= 1)) yield return (nameof(Jitter), "must be 0 to 1");
        if (StaleFor < TimeSpan.Zero || StaleFor > Longest) yield return (nameof(StaleFor), "must be 0 to Longest");
        if (StaleRetry <= TimeSpan.Zero || StaleRetry > TimeSpan.FromHours(1)) yield return (nameof(StaleRetry), "must be above 0 and at most one hour");
        if (RefreshAfter is not (> 0 and <= 1)) yield return (nameof(RefreshAfter), "must be above 0 and at most 1");
        if (HardTimeout <= TimeSpan.Zero || HardTimeout > TimeSpan.FromHours(1)) yield return (nameof(HardTimeout), "must be above 0 and at most one hour");
        if (SoftTimeout is { } soft && (soft <= TimeSpan.Zero || soft > HardTimeout)) yield return (nameof(SoftTimeout), "must be above 0 and at most HardTimeout");
        if (MemoryBytes < 1024) yield return (nameof(MemoryBytes), "must be 1024 or more");
        if (ValueBytes < 1 || ValueBytes > MemoryBytes) yield return (nameof(ValueBytes), "must be 1 to MemoryBytes");
        if (RedisTimeout <= TimeSpan.Zero || RedisTimeout > TimeSpan.FromMinutes(1)) yield return (nameof(RedisTimeout), "must be above 0 and at most one minute");
        if (RedisPause <= TimeSpan.Zero || RedisPause > TimeSpan.FromMinutes(10)) yield return (nameof(RedisPause), "must be above 0 and at most ten minutes");
    }
}
