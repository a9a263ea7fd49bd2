using FlexCore.Application.Bus;
using FlexCore.Domain.Access;

namespace FlexCore.Application.Ports;

/// <summary>Decides who may do what.</summary>
public interface IAccessPolicy
{
    /// <summary>Why a caller may not ask something, to be read behind what it is; null when they may.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="permission">What one must be allowed in order to ask it.</param>
    /// <param name="reach">What it is about.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    ValueTask<string?> RefuseAsync(Caller caller, Permission permission, Reach reach, CancellationToken cancellationToken);
}
