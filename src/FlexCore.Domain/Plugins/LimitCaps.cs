namespace FlexCore.Domain.Plugins;

/// <summary>The most that an operator lets any plugin use up, whatever its manifest says; null where there is no bound.</summary>
public sealed record LimitCaps
{
    private const long MinMemory = 4L << 20;
    private const long MaxLine = 1L << 30;
    private const int MinFiles = 16;

    /// <summary>Each limit by its key in <c>plugin.yaml</c> and <c>flexcore.yaml</c>: reads a value, or gives null where it is none.</summary>
    private static readonly Dictionary<string, (Func<LimitCaps, string, LimitCaps?> Read, string Rule)> Keys = new(StringComparer.Ordinal)
    {
        ["memory"] = ((caps, text) => Units.Size(text) is >= MinMemory and var size ? caps with { MemoryBytes = size } : null, Units.SizeRule + ", at least 4MiB"),
        ["processes"] = ((caps, text) => Units.Count(text) is { } count ? caps with { Processes = count } : null, "a whole number from 1"),
        ["files"] = ((caps, text) => Units.Count(text) is >= MinFiles and var count ? caps with { OpenFiles = count } : null, "a whole number from 16"),
        ["tmp"] = ((caps, text) => Units.Size(text) is { } size ? caps with { TmpBytes = size } : null, Units.SizeRule),
        ["line"] = ((caps, text) => Units.Size(text) is <= MaxLine and var size ? caps with { LineBytes = size } : null, Units.SizeRule + ", at most 1GiB"),
        ["stdout"] = ((caps, text) => Units.Size(text) is { } size ? caps with { StdoutBytes = size } : null, Units.SizeRule),
        ["stderr"] = ((caps, text) => Units.Size(text) is { } size ? caps with { StderrBytes = size } : null, Units.SizeRule),
        ["disk"] = ((caps, text) => Units.Size(text) is { } size ? caps with { DiskBytes = size } : null, Units.SizeRule),
        ["cpu"] = ((caps, text) => Units.Cpus(text) is { } cpus ? caps with { Cpus = cpus } : null, "a number of CPUs such as 0.5 or 2"),
        ["time"] = ((caps, text) => Units.Duration(text) is { } time ? caps with { Time = time } : null, Units.DurationRule),
        ["idle"] = ((caps, text) => Units.Duration(text) is { } idle ? caps with { Idle = idle } : null, Units.DurationRule),
        ["grace"] = ((caps, text) => Units.Duration(text) is { } grace ? caps with { Grace = grace } : null, Units.DurationRule),
    };

    /// <summary>No bounds.</summary>
    public static LimitCaps None { get; } = new();

    /// <summary>The keys that <see cref="With"/> knows.</summary>
    public static IReadOnlyCollection<string> Names => Keys.Keys;

    /// <inheritdoc cref="PluginLimits.MemoryBytes"/>
    public long? MemoryBytes { get; init; }

    /// <inheritdoc cref="PluginLimits.Processes"/>
    public int? Processes { get; init; }

    /// <inheritdoc cref="PluginLimits.OpenFiles"/>
    public int? OpenFiles { get; init; }

    /// <inheritdoc cref="PluginLimits.TmpBytes"/>
    public long? TmpBytes { get; init; }

    /// <inheritdoc cref="PluginLimits.LineBytes"/>
    public long? LineBytes { get; init; }

    /// <inheritdoc cref="PluginLimits.StderrBytes"/>
    public long? StderrBytes { get; init; }

    /// <inheritdoc cref="PluginLimits.StdoutBytes"/>
    public long? StdoutBytes { get; init; }

    /// <inheritdoc cref="PluginLimits.DiskBytes"/>
    public long? DiskBytes { get; init; }

    /// <inheritdoc cref="PluginLimits.Cpus"/>
    public double? Cpus { get; init; }

    /// <inheritdoc cref="PluginLimits.Time"/>
    public TimeSpan? Time { get; init; }

    /// <inheritdoc cref="PluginLimits.Idle"/>
    public TimeSpan? Idle { get; init; }

    /// <inheritdoc cref="PluginLimits.Grace"/>
    public TimeSpan? Grace { get; init; }

    /// <summary>How the value of a key is written; null for a key that is none.</summary>
    public static string? RuleOf(string key) => Keys.TryGetValue(key, out var limit) ? limit.Rule : null;

    /// <summary>With one more bound; null where the value is none for that key.</summary>
    public LimitCaps? With(string key, string value) => Keys.TryGetValue(key, out var limit) ? limit.Read(this, value) : null;

    /// <summary>What a plugin may use up that sets itself these limits: none is above its cap, and what it leaves open is the cap.</summary>
    public PluginLimits Lower(PluginLimits limits) => limits with
    {
        MemoryBytes = Lower(limits.MemoryBytes, MemoryBytes),
        Processes = Lower(limits.Processes, Processes),
        OpenFiles = Lower(limits.OpenFiles, OpenFiles),
        TmpBytes = Lower(limits.TmpBytes, TmpBytes),
        LineBytes = Lower(limits.LineBytes, LineBytes),
        StderrBytes = Lower(limits.StderrBytes, StderrBytes),
        StdoutBytes = LowerOrSet(limits.StdoutBytes, StdoutBytes),
        DiskBytes = LowerOrSet(limits.DiskBytes, DiskBytes),
        Cpus = LowerOrSet(limits.Cpus, Cpus),
        Time = LowerOrSet(limits.Time, Time),
        Idle = LowerOrSet(limits.Idle, Idle),
        Grace = Lower(limits.Grace, Grace),
    };

    private static T Lower<T>(T limit, T? cap)
        where T : struct, IComparable<T> =>
        cap is { } most && most.CompareTo(limit) < 0 ? most : limit;

    private static T? LowerOrSet<T>(T? limit, T? cap)
        where T : struct, IComparable<T> =>
        limit is { } set ? Lower(set, cap) : cap;
}
