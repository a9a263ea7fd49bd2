namespace FlexCore.Sandbox;

/// <summary>The isolation asked for cannot be had on this machine, so nothing was started.</summary>
public sealed class SandboxUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SandboxUnavailableException()
        : this("The sandbox is not available.", string.Empty)
    {
    }

    /// <summary>Creates the exception with what is missing.</summary>
    public SandboxUnavailableException(string message)
        : this(message, string.Empty)
    {
    }

    /// <summary>Creates the exception with what is missing and its cause.</summary>
    public SandboxUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
        Remedy = string.Empty;
    }

    /// <summary>Creates the exception with what is missing and how to get it.</summary>
    public SandboxUnavailableException(string message, string remedy)
        : base(message)
    {
        Remedy = remedy;
    }

    /// <summary>The stable code of this error.</summary>
    public string Code { get; } = "FX2010";

    /// <summary>What an operator can do about it; empty when nothing is known.</summary>
    public string Remedy { get; }
}
