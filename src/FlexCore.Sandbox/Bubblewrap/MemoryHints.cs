namespace FlexCore.Sandbox.Bubblewrap;

/// <summary>
/// Tells language runtimes how much memory there is. They read the cgroup for that, which a sandbox does not show; they
/// would size their heaps by the whole machine and be killed instead of collecting garbage.
/// </summary>
internal static class MemoryHints
{
    public static Dictionary<string, string> For(long memoryBytes)
    {
        // The rest is for code, stacks and what lies outside of the managed heap.
        var heap = memoryBytes / 4 * 3;
        return new(StringComparer.Ordinal)
        {
            ["DOTNET_GCHeapHardLimit"] = $"0x{heap:X}",
            ["NODE_OPTIONS"] = $"--max-old-space-size={Math.Max(16, heap >> 20)}",
            ["GOMEMLIMIT"] = $"{heap}",
        };
    }
}
