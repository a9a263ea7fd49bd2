using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Secrets;

/// <summary>All secrets by name, without their values.</summary>
public sealed record ListSecrets : IQuery<IReadOnlyList<SecretEntry>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>Lists them.</summary>
public sealed class ListSecretsHandler(ISecrets secrets) : IHandler<ListSecrets, IReadOnlyList<SecretEntry>>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<SecretEntry>>> HandleAsync(ListSecrets request, Caller caller, CancellationToken cancellationToken) => (await secrets.ListAsync(cancellationToken)).ToArray();
}
