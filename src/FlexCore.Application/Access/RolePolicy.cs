using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;

namespace FlexCore.Application.Access;

/// <summary>Everybody may do what their role allows.</summary>
public sealed class RolePolicy : IAccessPolicy
{
    /// <inheritdoc/>
    public ValueTask<bool> AllowsAsync(Caller caller, Permission permission, CancellationToken cancellationToken) => new(caller.Role.Allows(permission));
}
