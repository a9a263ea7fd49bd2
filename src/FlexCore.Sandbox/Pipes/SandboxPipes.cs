using FlexCore.Sandbox.Bubblewrap;
using FlexCore.Sandbox.Spawning;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Pipes;

/// <summary>The pipes between the runtime and one sandbox.</summary>
internal sealed class SandboxPipes : IDisposable
{
    /// <summary>Where the first program inside finds the input and output of the plugin.</summary>
    public const int ProgramInput = 3;
    public const int ProgramOutput = 4;

    /// <summary>Where it finds the line that lets it begin.</summary>
    public const int ProgramStart = 5;

    private const int PipeBytes = 1024 * 1024;

    public SandboxPipes()
    {
        (var childInput, Input) = Libc.CreatePipe();
        (Output, var childOutput) = Libc.CreatePipe();
        (Error, var childError) = Libc.CreatePipe();
        (Status, var childStatus) = Libc.CreatePipe();
        (var childStart, Start) = Libc.CreatePipe();

        // bubblewrap holds on to its own input and output for as long as it lives; were they the program's, neither side could
        // tell when the program closes one. It passes other descriptors on, and only its error pipe is shared.
        ChildEnds = new ChildPipes(
        [
            new(File.OpenHandle("/dev/null"), 0),
            new(File.OpenHandle("/dev/null", access: FileAccess.Write), 1),
            new(childError, 2),
            new(childInput, ProgramInput),
            new(childOutput, ProgramOutput),
            new(childStart, ProgramStart),
            new(childStatus, BubblewrapArguments.StatusDescriptor),
        ]);

        // Fewer switches between writer and reader. Refused to a user who has too many pipes already, and then it is only slower.
        _ = Libc.Fcntl(Input, Libc.F_SETPIPE_SZ, PipeBytes);
        _ = Libc.Fcntl(Output, Libc.F_SETPIPE_SZ, PipeBytes);

        // Our ends only: the program's own are other descriptions, and stay as programs expect them.
        Libc.SetNonBlocking(Input);
        Libc.SetNonBlocking(Output);
        Libc.SetNonBlocking(Error);
    }

    public SafeFileHandle Input { get; }

    public SafeFileHandle Output { get; }

    public SafeFileHandle Error { get; }

    public SafeFileHandle Status { get; }

    public SafeFileHandle Start { get; }

    /// <summary>To be closed once the child has them: as long as we hold them no pipe ever ends.</summary>
    public ChildPipes ChildEnds { get; }

    public void Dispose()
    {
        Input.Dispose();
        Output.Dispose();
        Error.Dispose();
        Status.Dispose();
        Start.Dispose();
    }
}

/// <summary>The ends of pipes that belong to a child.</summary>
internal sealed class ChildPipes(IReadOnlyList<InheritedDescriptor> descriptors) : IDisposable
{
    public IReadOnlyList<InheritedDescriptor> Descriptors => descriptors;

    public void Dispose()
    {
        foreach (var descriptor in descriptors)
        {
            descriptor.Handle.Dispose();
        }
    }
}
