namespace FlexCore.Sandbox.Network;

/// <summary>How many large buffers the connections of one sandbox may hold together. Who gets none makes do with a small one.</summary>
internal sealed class LargeBuffers
{
    /// <summary>Bytes of each.</summary>
    public const int Size = 256 * 1024;

    private const int Most = 32;

    private int _free = Most;

    public bool TryTake()
    {
        if (Interlocked.Decrement(ref _free) >= 0) return true;
        Interlocked.Increment(ref _free);
        return false;
    }

    public void GiveBack() => Interlocked.Increment(ref _free);
}
