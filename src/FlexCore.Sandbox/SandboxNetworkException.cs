namespace FlexCore.Sandbox;

/// <summary>A destination that a sandbox was granted cannot be given to it. Nothing was started.</summary>
public sealed class SandboxNetworkException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the destination and what is wrong with it.</param>
    /// <param name="remedy">What an operator can do about it.</param>
    public SandboxNetworkException(string message, string remedy)
        : base(message) => Remedy = remedy;

    /// <summary>What an operator can do about it.</summary>
    public string Remedy { get; }
}
