using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Network;

/// <summary>Through which bytes go from one socket to another without ever being copied (splice(2)). What the second has not taken yet lies in it.</summary>
internal sealed class BulkPipe : IDisposable
{
    public const int Size = 256 * 1024;

    private readonly SafeFileHandle _out;

    private BulkPipe()
    {
        (_out, In) = Libc.CreatePipe();

        // Refused to a user who has too many pipes already, and then it is only slower.
        _ = Libc.Fcntl(In, Libc.F_SETPIPE_SZ, Size);
    }

    /// <summary>The end for writing.</summary>
    public SafeFileHandle In { get; }

    /// <summary>Makes one; null when there are no descriptors left for it.</summary>
    public static BulkPipe? TryCreate()
    {
        try
        {
            return new BulkPipe();
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Sends on what was moved into it.</summary>
    public async ValueTask PassAsync(LoopSocket to, int count)
    {
        while (true)
        {
            count -= to.MoveFrom(_out, count);
            if (count == 0) return;
            await to.WhenWritable();
        }
    }

    public void Dispose()
    {
        In.Dispose();
        _out.Dispose();
    }
}
