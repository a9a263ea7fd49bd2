namespace FlexCore.Domain.Plugins;

/// <summary>What a plugin has done once in its own folder, when a version of it is registered: it gets its packages, or is compiled.</summary>
/// <param name="Run">The command lines, for a shell, in their order.</param>
/// <param name="Net">The only destinations that they ask to connect to, each <c>host:port</c>. A plugin that runs does not get them.</param>
/// <param name="Limits">What each of them may use up.</param>
public sealed record PluginInstall(IReadOnlyList<string> Run, IReadOnlyList<string> Net, PluginLimits Limits)
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>What they may use up where their author says nothing: a package manager needs more than the programs that it brings.</summary>
    public static PluginLimits UsualLimits { get; } = new()
    {
        MemoryBytes = 2048 * Mebibyte,
        Processes = 512,
        OpenFiles = 4096,
        TmpBytes = 1024 * Mebibyte,
        StdoutBytes = 64 * Mebibyte,
        StderrBytes = 64 * Mebibyte,
        DiskBytes = 4096 * Mebibyte,
        Time = TimeSpan.FromMinutes(15),
    };
}

/// <summary>How a registered version was installed.</summary>
/// <param name="Source">SHA-256 over its files before that: two machines that install the same may come to different files.</param>
/// <param name="Run">The command lines.</param>
/// <param name="Net">What they could connect to, because an operator had granted it.</param>
/// <param name="Isolation"><c>sandbox</c>, <c>process</c> or <c>none</c>.</param>
/// <param name="DurationMs">How long all of them took, in milliseconds.</param>
public sealed record InstallRecord(string Source, IReadOnlyList<string> Run, IReadOnlyList<string> Net, string Isolation, long DurationMs);
