using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>An entity is not as a change expects it: somebody else was first. Nothing of the unit of work was done.</summary>
public sealed record EntityConflict : Error
{
    internal EntityConflict(EntityChange change, string? current)
        : base(ErrorCodes.VersionConflict, Describe(change, current), SpecificRemedy: "Read it again, and decide anew.") => (Kind, Id, Expected, Current) = (change.Kind, change.Id, change.Expected, current);

    /// <summary>Of what.</summary>
    public string Kind { get; }

    /// <summary>Which one.</summary>
    public string Id { get; }

    /// <summary>The version at which it was to be; null where it was not to be there.</summary>
    public string? Expected { get; }

    /// <summary>The version at which it is; null where it is not there.</summary>
    public string? Current { get; }

    private static string Describe(EntityChange change, string? current) => (change.Expected, current) switch
    {
        (null, _) => $"{change.Kind}/{change.Id} is there already, at version {current}",
        (_, null) => $"{change.Kind}/{change.Id} is not there any more; it was expected at version {change.Expected}",
        _ => $"{change.Kind}/{change.Id} is at version {current}, not at {change.Expected}",
    };
}
