namespace FlexCore.Sandbox;

/// <summary>
/// Where a program will run, known before its <see cref="SandboxSpec"/> is written: at which level, and where it finds what is its own. Without a mount namespace a path
/// inside is one of the host, so private files cannot lie where they do in a sandbox. Good for one start.
/// </summary>
public sealed class SandboxPlace
{
    private static readonly string[] Namespaces = [.. from kind in (string[])["user", "mount", "pid", "net", "ipc", "uts", "cgroup"] select $"{kind} namespace"];

    internal SandboxPlace(SandboxLevel level, string folder)
    {
        Level = level;
        Folder = folder;
    }

    /// <summary>The level <see cref="SandboxLevel.Sandbox"/>: any number of programs may have it.</summary>
    public static SandboxPlace Sandbox { get; } = new(SandboxLevel.Sandbox, string.Empty);

    /// <summary>The level.</summary>
    public SandboxLevel Level { get; }

    /// <summary>Where <see cref="SandboxSpec.Files"/> lie, as the program sees it.</summary>
    public string RunFolder => $"{Folder}/run";

    /// <summary>What the level <see cref="SandboxLevel.Sandbox"/> has and this one has not; empty at that level.</summary>
    public IReadOnlyList<string> Missing => MissingAt(Level);

    /// <summary>The program's home: empty, its own and writable.</summary>
    public string Home => Level == SandboxLevel.Sandbox ? "/home/plugin" : $"{Folder}/home";

    /// <summary>On the host: the private folder of the program, with nothing else in it; empty where it has a file system of its own.</summary>
    internal string Folder { get; }

    internal string Temp => $"{Folder}/tmp";

    /// <summary>What <see cref="SandboxLevel.Sandbox"/> has and a level has not.</summary>
    public static IReadOnlyList<string> MissingAt(SandboxLevel level) => level switch
    {
        SandboxLevel.Sandbox => [],
        SandboxLevel.Process => [.. Namespaces, "network grants"],
        _ => [.. Namespaces, "file grants", "network grants", "seccomp"],
    };
}
