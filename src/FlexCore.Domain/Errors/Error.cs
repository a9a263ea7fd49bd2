namespace FlexCore.Domain.Errors;

/// <summary>A place in a file, for a person to go to.</summary>
/// <param name="File">Path of the file, as the user gave it.</param>
/// <param name="Line">Line, counted from 1.</param>
/// <param name="Column">Column, counted from 1.</param>
public sealed record SourceLocation(string File, long Line, long Column)
{
    /// <inheritdoc/>
    public override string ToString() => Printable.Escape($"{File}:{Line}:{Column}");
}

/// <summary>One thing that went wrong: what, where, and what to do.</summary>
/// <param name="Code">The registry entry.</param>
/// <param name="Message">One line that says what and, where there is no <paramref name="Location"/>, where.</param>
/// <param name="Location">The place in the user's file, if there is one.</param>
/// <param name="SpecificRemedy">What to do in this very case; without it the registry's remedy holds.</param>
public record Error(ErrorCode Code, string Message, SourceLocation? Location = null, string? SpecificRemedy = null)
{
    /// <summary>One line: what plugins, files and paths have put into it is made safe to show.</summary>
    public string Message { get; } = Printable.Escape(Message);

    /// <summary>What the user can do about it.</summary>
    public string Remedy => SpecificRemedy ?? Code.Remedy;

    /// <inheritdoc/>
    public sealed override string ToString() =>
        Location is null ? $"error[{Code.Id}]: {Message}" : $"error[{Code.Id}]: {Location}: {Message}";
}

/// <summary>A broken world: what the code relied on does not hold, and only the edge can tell the user.</summary>
public sealed class FlexCoreException : Exception
{
    /// <summary>Creates the exception.</summary>
    public FlexCoreException(Error error, Exception? innerException = null)
        : base(error.Message, innerException) => Errors = [error];

    /// <summary>Creates the exception for several errors that were found together; there must be at least one.</summary>
    public FlexCoreException(IReadOnlyList<Error> errors)
        : base(errors[0].Message) => Errors = errors;

    /// <summary>What went wrong; of several errors the first.</summary>
    public Error Error => Errors[0];

    /// <summary>Whether it is the event log that cannot be used for now: what was to be recorded is not refused, and can be later.</summary>
    public bool IsOfTheLog { get; init; }

    /// <summary>Whether what was to be done may be somebody else's by now: the claim of a run, or the lock of a pipeline, was lost.</summary>
    public bool IsOfLostHold => Error.Code == ErrorCodes.LeaseLost || Error.Code == ErrorCodes.LockLost;

    /// <summary>Everything that went wrong.</summary>
    public IReadOnlyList<Error> Errors { get; }
}
