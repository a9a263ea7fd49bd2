using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;

namespace FlexCore.Application.Secrets;

/// <summary>Sets and deletes secrets of the local store. That it was done, and by whom, is on record; the value is not.</summary>
public sealed class ChangeSecret(ISecrets secrets, IEventLog log)
{
    /// <summary>Why a secret of that name cannot be changed, whatever its value; null when it can.</summary>
    public Error? Refuse(string name)
    {
        if (secrets is not ISecretStore) return new Error(ErrorCodes.SecretsReadOnly, $"secrets come from {secrets.Place}, which FlexCore only reads");
        return SecretRules.IsName(name) ? null : new Error(ErrorCodes.InvalidName, $"'{name}' cannot be the name of a secret", SpecificRemedy: $"Use {SecretRules.NameRule}.");
    }

    /// <summary>Gives a secret its value, its first or another one.</summary>
    /// <returns>Why it was not done; null when it was.</returns>
    public async Task<Error?> SetAsync(string name, string value, CancellationToken cancellationToken)
    {
        if (Refuse(name) is { } refusal) return refusal;
        if (SecretRules.RefuseValue(value) is { } reason) return new Error(ErrorCodes.SecretUnusable, $"the value of secret {name} {reason}");
        await RecordAsync(name, new SecretSet(name), cancellationToken);
        await ((ISecretStore)secrets).SetAsync(name, value, cancellationToken);
        return null;
    }

    /// <summary>Removes a secret.</summary>
    /// <returns>Why it was not done; null when it was.</returns>
    public async Task<Error?> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        if (Refuse(name) is { } refusal) return refusal;
        if ((await secrets.ListAsync(cancellationToken)).All(secret => secret.Name != name))
            return new Error(ErrorCodes.SecretMissing, $"there is no secret {name}", SpecificRemedy: "See `flexcore secrets list`.");
        await RecordAsync(name, new SecretDeleted(name), cancellationToken);
        await ((ISecretStore)secrets).DeleteAsync(name, cancellationToken);
        return null;
    }

    // Before it is done: what was changed without a word cannot be explained afterwards, and who sees the change fail does it again.
    private async Task RecordAsync(string name, IDomainEvent change, CancellationToken cancellationToken) =>
        await log.AppendAsync(EventStreams.Secret(name), expectedVersion: null, [change], EventContext.New(Guid.CreateVersion7()), cancellationToken);
}
