using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Clients;

/// <summary>What kind of thing went wrong with a system outside.</summary>
internal enum FailureKind
{
    /// <summary>It cannot be reached, or the connection broke.</summary>
    Unreachable,

    /// <summary>It took too long.</summary>
    Timeout,

    /// <summary>It does not know who asks, or does not let them.</summary>
    AccessRefused,

    /// <summary>It does not take what was asked.</summary>
    RequestRefused,

    /// <summary>It has too much to do, is about to change its leader, or has chosen a transaction to give up: later it may do the same.</summary>
    Busy,

    /// <summary>What is there is not as the caller expects it: a key exists, a condition does not hold.</summary>
    Conflict,

    /// <summary>It was not asked: too many attempts before have failed.</summary>
    LeftAlone,
}

/// <summary>A failure of a driver, as FlexCore understands it.</summary>
/// <param name="Kind">Which kind it is.</param>
/// <param name="Message">What the system or the driver says, without secrets.</param>
internal readonly record struct CallFailure(FailureKind Kind, string Message)
{
    /// <summary>Its entry in the registry.</summary>
    public ErrorCode Code => Kind switch
    {
        FailureKind.Unreachable => ErrorCodes.SystemUnreachable,
        FailureKind.Timeout => ErrorCodes.SystemTimedOut,
        FailureKind.AccessRefused => ErrorCodes.SystemAccessRefused,
        FailureKind.RequestRefused => ErrorCodes.SystemRequestRefused,
        FailureKind.Busy => ErrorCodes.SystemBusy,
        FailureKind.Conflict => ErrorCodes.SystemConflict,
        _ => ErrorCodes.SystemResting,
    };

    /// <summary>Whether it speaks of the system, not of what was asked.</summary>
    public bool IsOfTheSystem => Kind is FailureKind.Unreachable or FailureKind.Timeout or FailureKind.Busy;
}
