using System.IO.Pipes;
using System.Runtime.CompilerServices;
using FlexCore.Sandbox;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Plugins.Tests.Sync;

/// <summary>A pipe of the operating system. Its writing end can stand for a program's standard input.</summary>
internal sealed class Pipe : IDisposable
{
    public Pipe()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        Reader = TakeOver(pipe.ClientSafePipeHandle);
        Writer = TakeOver(pipe.SafePipeHandle);
    }

    public SafeFileHandle Reader { get; }

    public SafeFileHandle Writer { get; }

    /// <summary>What a sandbox makes of its own pipe; nobody but a sandbox can be given one, so the test takes the constructor by force.</summary>
    public SandboxInput AsInput() => CreateInput(Writer);

    public void Dispose()
    {
        Reader.Dispose();
        Writer.Dispose();
    }

    private static SafeFileHandle TakeOver(SafePipeHandle handle)
    {
        var taken = new SafeFileHandle(handle.DangerousGetHandle(), ownsHandle: true);
        handle.SetHandleAsInvalid();
        return taken;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern SandboxInput CreateInput(SafeFileHandle write);
}
