namespace FlexCore.Domain.Plugins;

/// <summary>What a plugin may use up.</summary>
public sealed record PluginLimits
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>Bytes of memory, tmpfs included.</summary>
    public long MemoryBytes { get; init; } = 512 * Mebibyte;

    /// <summary>Processes and threads at once.</summary>
    public int Processes { get; init; } = 64;

    /// <summary>Open files per process.</summary>
    public int OpenFiles { get; init; } = 256;

    /// <summary>Bytes in /tmp and, apart from it, in the home folder.</summary>
    public long TmpBytes { get; init; } = 64 * Mebibyte;

    /// <summary>Bytes of one line on standard output.</summary>
    public long LineBytes { get; init; } = 16 * Mebibyte;

    /// <summary>Bytes on standard error from start to end.</summary>
    public long StderrBytes { get; init; } = 8 * Mebibyte;

    /// <summary>Bytes on standard output from start to end; null for any number.</summary>
    public long? StdoutBytes { get; init; }

    /// <summary>Bytes in the folder that the plugins of a step share; null for any number.</summary>
    public long? DiskBytes { get; init; }

    /// <summary>CPUs at once; null for as many as there are.</summary>
    public double? Cpus { get; init; }

    /// <summary>How long it may run; null for ever.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>How long it may do nothing; null for ever.</summary>
    public TimeSpan? Idle { get; init; }

    /// <summary>The limits that are wider than the defaults, for people: an operator should see what a plugin gives itself.</summary>
    public string DescribeWider()
    {
        PluginLimits usual = new();
        IEnumerable<string?> wider =
        [
            MemoryBytes > usual.MemoryBytes ? $"memory {MemoryBytes / Mebibyte} MiB" : null,
            Processes > usual.Processes ? $"{Processes} processes" : null,
            OpenFiles > usual.OpenFiles ? $"{OpenFiles} open files" : null,
            TmpBytes > usual.TmpBytes ? $"tmp {TmpBytes / Mebibyte} MiB" : null,
            StderrBytes > usual.StderrBytes ? $"stderr {StderrBytes / Mebibyte} MiB" : null,
        ];
        return string.Join(", ", wider.OfType<string>());
    }

    /// <summary>How long a plugin may take to end after SIGTERM.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);
}
