namespace FlexCore.EndToEnd;

/// <summary>Looks for processes that a run has left behind.</summary>
internal static class Processes
{
    /// <summary>Whether any process has something of this folder in its mounts or its command line.</summary>
    public static bool AnyMentions(string folder) =>
        Directory.EnumerateDirectories("/proc").Any(process => int.TryParse(Path.GetFileName(process), out _) && (Mentions(process, "mountinfo", folder) || Mentions(process, "cmdline", folder)));

    /// <summary>Kills the program of a plugin: the one whose working directory in its sandbox is the plugin's folder.</summary>
    public static void KillPlugin(string folder)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(process => int.TryParse(Path.GetFileName(process), out _)))
        {
            if (!IsThisTest(process) && WorksIn(process, folder) && File.ReadAllText(Path.Combine(process, "cmdline")).StartsWith("python3", StringComparison.Ordinal))
                System.Diagnostics.Process.GetProcessById(int.Parse(Path.GetFileName(process))).Kill();
        }
    }

    private static bool WorksIn(string process, string folder)
    {
        try
        {
            return new FileInfo(Path.Combine(process, "cwd")).LinkTarget == folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool Mentions(string process, string file, string folder)
    {
        try
        {
            return !IsThisTest(process) && File.ReadAllText(Path.Combine(process, file)).Contains(folder, StringComparison.Ordinal) && (file == "cmdline" || InOwnMountNamespace(process));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool InOwnMountNamespace(string process) =>
        new FileInfo(Path.Combine(process, "ns/mnt")).LinkTarget is { } own && own != new FileInfo("/proc/self/ns/mnt").LinkTarget && own != new FileInfo("/proc/1/ns/mnt").LinkTarget;

    private static bool IsThisTest(string process) => Path.GetFileName(process) == Environment.ProcessId.ToString();
}
