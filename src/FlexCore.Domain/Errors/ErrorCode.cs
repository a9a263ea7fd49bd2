namespace FlexCore.Domain.Errors;

/// <summary>What kind of thing went wrong: the thousands digit of a code.</summary>
public enum ErrorClass
{
    /// <summary>What the user wrote: arguments, YAML, names.</summary>
    Input = 1,

    /// <summary>A plugin, or the sandbox it runs in.</summary>
    Plugin = 2,

    /// <summary>The event store and the data directory.</summary>
    Store = 3,

    /// <summary>Locks, leases and other nodes.</summary>
    Coordination = 4,

    /// <summary>A system outside FlexCore.</summary>
    External = 5,

    /// <summary>Permissions.</summary>
    Access = 6,

    /// <summary>History that does not verify.</summary>
    Integrity = 7,

    /// <summary>A defect of FlexCore itself.</summary>
    Bug = 9,
}

/// <summary>How loud an error is in a log.</summary>
public enum ErrorLevel
{
    /// <summary>Something to know.</summary>
    Warning,

    /// <summary>Something to repair.</summary>
    Error,

    /// <summary>Something to repair now.</summary>
    Critical,
}

/// <summary>One entry of the error registry (<see cref="ErrorCodes"/>): the facts that hold wherever the code appears.</summary>
/// <param name="Id"><c>FX</c> and four digits.</param>
/// <param name="Name">A stable name in PascalCase.</param>
/// <param name="ExitCode">What a command line ends with: 1 failed, 2 bad input, 3 this machine cannot do it, 4 integrity, 130 cancelled.</param>
/// <param name="IsTransient">Whether the same thing may succeed when tried again.</param>
/// <param name="Level">How loud it is in a log.</param>
/// <param name="Meaning">One sentence for people.</param>
/// <param name="Remedy">What to do, where the error itself does not say it better.</param>
/// <param name="CountsAgainstAvailability">Whether it is FlexCore's failure rather than its user's.</param>
public sealed record ErrorCode(
    string Id,
    string Name,
    int ExitCode,
    bool IsTransient,
    ErrorLevel Level,
    string Meaning,
    string Remedy,
    bool CountsAgainstAvailability)
{
    /// <summary>The class that the thousands digit names.</summary>
    public ErrorClass Class => (ErrorClass)(Id[2] - '0');

    /// <inheritdoc/>
    public override string ToString() => Id;
}
