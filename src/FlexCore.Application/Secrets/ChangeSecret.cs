using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;

namespace FlexCore.Application.Secrets;

/// <summary>Sets and deletes secrets of the local store. That it was done, and by whom, is on record; the value is not.</summary>
public sealed class ChangeSecret(ISecrets secrets, IEventLog log)
{
    /// <summary>Gives a secret its value, its first or another one.</summary>
    /// <returns>Why it was not done; null when it was.</returns>
    public async Task<Error?> SetAsync(string name, string value, CancellationToken cancellationToken)
    {
        if (secrets is not ISecretStore store) return ReadOnly();
        if (Refuse(name) is { } refusal) return refusal;
        if (SecretRules.RefuseValue(value) is { } reason) return new Error(ErrorCodes.SecretUnusable, $"the value of secret {name} {reason}");
        await RecordAsync(name, new SecretSet(name), cancellationToken);
        await store.SetAsync(name, value, cancellationToken);
        return null;
    }

    /// <summary>Removes a secret.</summary>
    /// <returns>Why it was not done; null when it was.</returns>
    public async Task<Error?> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        if (secrets is not ISecretStore store) return ReadOnly();
        if (Refuse(name) is { } refusal) return refusal;
        if ((await store.ListAsync(cancellationToken)).All(secret => secret.Name != name))
            return new Error(ErrorCodes.SecretMissing, $"there is no secret {name}", SpecificRemedy: "See `flexcore secrets list`.");
        await RecordAsync(name, new SecretDeleted(name), cancellationToken);
        await store.DeleteAsync(name, cancellationToken);
        return null;
    }

    // Before it is done: what was changed without a word cannot be explained afterwards, and who sees the change fail does it again.
    private async Task RecordAsync(string name, IDomainEvent change, CancellationToken cancellationToken) =>
        await log.AppendAsync(EventStreams.Secret(name), expectedVersion: null, [change], EventContext.New(Guid.CreateVersion7()), cancellationToken);

    private Error ReadOnly() => new(ErrorCodes.SecretsReadOnly, $"secrets come from {secrets.Place}, which FlexCore only reads");

    private static Error? Refuse(string name) => SecretRules.IsName(name)
        ? null
        : new Error(ErrorCodes.InvalidName, $"'{name}' cannot be the name of a secret", SpecificRemedy: $"Use {SecretRules.NameRule}.");
}
