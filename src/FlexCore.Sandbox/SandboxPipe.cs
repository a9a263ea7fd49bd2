namespace FlexCore.Sandbox;

/// <summary>A pipe like those between the runtime and a sandbox, with both ends in this process.</summary>
public static class SandboxPipe
{
    /// <summary>Makes one. What is written to the input comes out of the output.</summary>
    public static (SandboxInput Input, SandboxOutput Output) Create()
    {
        var (read, write) = Libc.CreatePipe();
        Libc.SetNonBlocking(read);
        Libc.SetNonBlocking(write);
        return (new SandboxInput(write), new SandboxOutput(read));
    }
}
