using System.Globalization;
using FlexCore.Sandbox.Limits;

namespace FlexCore.Sandbox;

/// <summary>
/// Names what a runtime process leaves on the machine, so that a later one can tell what belongs to nobody any more. A pid alone
/// is used again; with its start time it is not, and in another pid namespace it means nothing.
/// </summary>
internal static class RuntimeIdentity
{
    private static readonly string PidNamespace = ReadPidNamespace();
    private static readonly string Own = $"{PidNamespace}-{Environment.ProcessId}-{ProcessStat.Read(Environment.ProcessId)?.StartTime ?? 0}";
    private static int _last;

    /// <summary>A name that no other sandbox has.</summary>
    public static string NextName() => $"{Own}-{Interlocked.Increment(ref _last)}";

    /// <summary>Whether a name was made by a runtime of this pid namespace that has ended.</summary>
    public static bool IsAbandoned(string name)
    {
        var parts = name.Split('-');
        return parts.Length == 4
            && parts[0] == PidNamespace
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var startTime)
            && ProcessStat.Read(pid)?.StartTime != startTime;
    }

    private static string ReadPidNamespace()
    {
        var link = new FileInfo("/proc/self/ns/pid").LinkTarget ?? string.Empty;
        return string.Concat(link.Where(char.IsAsciiDigit));
    }
}
