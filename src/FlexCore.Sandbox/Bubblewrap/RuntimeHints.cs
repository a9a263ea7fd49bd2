using System.Globalization;

namespace FlexCore.Sandbox.Bubblewrap;

/// <summary>
/// Tells language runtimes how much memory and how many CPUs there are. They read the cgroup for that, which a sandbox does not show; they
/// would size their heaps by the whole machine and be killed instead of collecting garbage, and start threads that wait for each other.
/// </summary>
internal static class RuntimeHints
{
    public static Dictionary<string, string> For(SandboxLimits limits)
    {
        // The rest is for code, stacks and what lies outside of the managed heap.
        var heap = limits.MemoryBytes / 4 * 3;
        var hints = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["DOTNET_GCHeapHardLimit"] = $"0x{heap:X}",
            ["NODE_OPTIONS"] = $"--max-old-space-size={Math.Max(16, heap >> 20)}",
            ["GOMEMLIMIT"] = $"{heap}",
        };
        if (limits.Cpus is { } cpus)
        {
            hints["DOTNET_PROCESSOR_COUNT"] = hints["GOMAXPROCS"] = Math.Ceiling(cpus).ToString(CultureInfo.InvariantCulture);
        }

        return hints;
    }
}
