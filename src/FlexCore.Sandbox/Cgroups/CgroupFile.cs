using System.Globalization;
using FlexCore.Sandbox.Limits;

namespace FlexCore.Sandbox.Cgroups;

/// <summary>Reading and writing the files of control groups, and removing groups.</summary>
internal static class CgroupFile
{
    private const int Attempts = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static void Write(string path, string value) => File.WriteAllText(path, value);

    /// <summary>Writes what older kernels may not have.</summary>
    /// <returns>False when it could not be written.</returns>
    public static bool TryWrite(string path, string value)
    {
        try
        {
            // Never created: on a real control group file system that fails anyway.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
            file.Write(System.Text.Encoding.ASCII.GetBytes(value));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The number in a file, or that after a key in a file of lines "key number"; zero when there is none.</summary>
    public static long Number(string path, string? key = null)
    {
        foreach (var line in ProcFile.Read(path).Split('\n'))
        {
            var text = key is null ? line : line.StartsWith(key + " ", StringComparison.Ordinal) ? line[(key.Length + 1)..] : null;
            if (text is not null && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }
        }

        return 0;
    }

    /// <summary>Kills every process of a group.</summary>
    public static void KillAll(string group)
    {
        if (TryWrite(Path.Combine(group, "cgroup.kill"), "1"))
        {
            return;
        }

        foreach (var pid in Processes(group))
        {
            // Asked again once the handle is open: it can then no longer mean another process.
            using var handle = Libc.PidfdOpen(pid);
            if (!handle.IsInvalid && Processes(group).Contains(pid))
            {
                Libc.PidfdSendSignal(handle, Libc.SIGKILL);
            }
        }
    }

    /// <summary>Removes a group; processes that were killed may need a moment to leave it.</summary>
    public static void RemoveGroup(string group)
    {
        using var never = new ManualResetEventSlim();
        for (var i = 0; i < Attempts; i++)
        {
            if (Libc.RemoveDirectory(group) == 0 || System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != Libc.EBUSY)
            {
                return;
            }

            never.Wait(Pause);
        }
    }

    private static List<int> Processes(string group) =>
        [.. ProcFile.Read(Path.Combine(group, "cgroup.procs")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
}
