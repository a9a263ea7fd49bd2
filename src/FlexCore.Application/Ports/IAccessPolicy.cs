using FlexCore.Application.Bus;
using FlexCore.Domain.Access;

namespace FlexCore.Application.Ports;

/// <summary>Decides who may do what.</summary>
public interface IAccessPolicy
{
    /// <summary>Whether a caller may do what needs this permission.</summary>
    ValueTask<bool> AllowsAsync(Caller caller, Permission permission, CancellationToken cancellationToken);
}
