using Microsoft.Win32.SafeHandles;

namespace FlexCore.Plugins;

/// <summary>The reading end of a plugin's pipe.</summary>
internal static class PluginPipe
{
    /// <summary>
    /// A stream that blocks, and leaves the pipe open when it is done: a pipe closed before the plugin has ended would make it
    /// die of its next write instead of by our signal. Who has started the process closes its pipes.
    /// </summary>
    public static FileStream Read(SafeFileHandle pipe) =>
        new(new SafeFileHandle(pipe.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize: 0);
}
