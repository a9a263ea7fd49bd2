using System.Runtime.InteropServices;

namespace FlexCore.Domain.Plugins;

/// <summary>
/// Limits as somebody writes them: the author of a plugin for it, or an operator as the most that any plugin may use up. Null is what nothing is said of.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct WrittenLimits
{
    private const long MinMemory = 4L << 20;
    private const long MaxLine = 1L << 30;
    private const int MinFiles = 16;

    /// <summary>Each limit by its key in <c>plugin.yaml</c> and <c>flexcore.yaml</c>: reads a value, and says how it is written.</summary>
    private static readonly Dictionary<string, (Func<WrittenLimits, string, WrittenLimits?> Read, string Rule)> Keys = new(StringComparer.Ordinal)
    {
        ["memory"] = ((written, text) => Units.Size(text) is >= MinMemory and var size ? written with { MemoryBytes = size } : null, Units.SizeRule + ", at least 4MiB"),
        ["processes"] = ((written, text) => Units.Count(text) is { } count ? written with { Processes = count } : null, "a whole number from 1"),
        ["files"] = ((written, text) => Units.Count(text) is >= MinFiles and var count ? written with { OpenFiles = count } : null, "a whole number from 16"),
        ["tmp"] = ((written, text) => Units.Size(text) is { } size ? written with { TmpBytes = size } : null, Units.SizeRule),
        ["line"] = ((written, text) => Units.Size(text) is <= MaxLine and var size ? written with { LineBytes = size } : null, Units.SizeRule + ", at most 1GiB"),
        ["stdout"] = ((written, text) => Units.Size(text) is { } size ? written with { StdoutBytes = size } : null, Units.SizeRule),
        ["stderr"] = ((written, text) => Units.Size(text) is { } size ? written with { StderrBytes = size } : null, Units.SizeRule),
        ["disk"] = ((written, text) => Units.Size(text) is { } size ? written with { DiskBytes = size } : null, Units.SizeRule),
        ["cpu"] = ((written, text) => Units.Cpus(text) is { } cpus ? written with { Cpus = cpus } : null, "a number of CPUs such as 0.5 or 2"),
        ["time"] = ((written, text) => Units.Duration(text) is { } time ? written with { Time = time } : null, Units.DurationRule),
        ["idle"] = ((written, text) => Units.Duration(text) is { } idle ? written with { Idle = idle } : null, Units.DurationRule),
        ["grace"] = ((written, text) => Units.Duration(text) is { } grace ? written with { Grace = grace } : null, Units.DurationRule),
    };

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

    /// <summary>How the value of a key is written; null for a key that is not known.</summary>
    public static string? RuleOf(string key) => Keys.TryGetValue(key, out var limit) ? limit.Rule : null;

    /// <summary>With one more limit; null where the value is none for that key.</summary>
    public WrittenLimits? With(string key, string value) => Keys.TryGetValue(key, out var limit) ? limit.Read(this, value) : null;

    /// <summary>The limits of a plugin whose author has written these.</summary>
    public PluginLimits Over(PluginLimits usual) => new()
    {
        MemoryBytes = MemoryBytes ?? usual.MemoryBytes,
        Processes = Processes ?? usual.Processes,
        OpenFiles = OpenFiles ?? usual.OpenFiles,
        TmpBytes = TmpBytes ?? usual.TmpBytes,
        LineBytes = LineBytes ?? usual.LineBytes,
        StderrBytes = StderrBytes ?? usual.StderrBytes,
        StdoutBytes = StdoutBytes ?? usual.StdoutBytes,
        DiskBytes = DiskBytes ?? usual.DiskBytes,
        Cpus = Cpus ?? usual.Cpus,
        Time = Time ?? usual.Time,
        Idle = Idle ?? usual.Idle,
        Grace = Grace ?? usual.Grace,
    };

    /// <summary>A plugin's limits where an operator has written these: none is above, and what the plugin leaves open is as written here.</summary>
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
