using Microsoft.Win32.SafeHandles;

namespace FlexCore.Plugins;

/// <summary>The reading end of a plugin's pipe.</summary>
internal static class PluginPipe
{
    /// <summary>
    /// Reads a pipe, blocking, and leaves it open: one closed before the plugin has ended would make it die of its next write
    /// instead of by our signal, and one that nobody reads would make it hang. So when <paramref name="read"/> fails the rest is
    /// read and dropped. Who has started the process closes its pipes.
    /// </summary>
    public static T Read<T>(SafeFileHandle pipe, Func<FileStream, T> read)
    {
        using var stream = new FileStream(new SafeFileHandle(pipe.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize: 0);
        try
        {
            return read(stream);
        }
        catch
        {
            stream.CopyTo(Stream.Null);
            throw;
        }
    }

    /// <inheritdoc cref="Read{T}"/>
    public static void Read(SafeFileHandle pipe, Action<FileStream> read) => Read(pipe, stream =>
    {
        read(stream);
        return true;
    });
}
