namespace FlexCore.Sandbox;

/// <summary>Something of the host cannot be shown in a sandbox: it does not exist, is reached by a symbolic link, or would undo the isolation. Nothing was started.</summary>
public sealed class SandboxMountException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the path and what is wrong with it.</param>
    public SandboxMountException(string message)
        : base(message)
    {
    }
}
