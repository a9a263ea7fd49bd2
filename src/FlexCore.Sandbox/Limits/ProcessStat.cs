using System.Globalization;
using System.Runtime.InteropServices;

namespace FlexCore.Sandbox.Limits;

/// <summary>The few numbers of <c>/proc/PID/stat</c> that are needed here.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ProcessStat(int ParentPid, long CpuTicks, int Threads, long StartTime, long ResidentBytes)
{
    /// <summary>The numbers of one process; null when it is gone.</summary>
    public static ProcessStat? Read(int pid)
    {
        var text = ProcFile.Read($"/proc/{pid}/stat");

        // The name may contain anything, even spaces and parentheses; what follows the last one is regular and starts with field 3.
        var fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 22)
        {
            return null;
        }

        long Field(int number) => long.Parse(fields[number - 3], CultureInfo.InvariantCulture);
        return new ProcessStat((int)Field(4), Field(14) + Field(15) + Field(16) + Field(17), (int)Field(20), Field(22), Field(24) * Environment.SystemPageSize);
    }
}
