using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;

namespace FlexCore.Application.Secrets;

/// <summary>Gives a secret its value, its first or another one.</summary>
/// <param name="Name">The secret.</param>
/// <param name="Value">Its value.</param>
public sealed record SetSecret(string Name, string Value) : ICommand<string>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;

    /// <summary>Not the value.</summary>
    public override string ToString() => $"SetSecret {Name}";
}

/// <summary>Removes a secret.</summary>
/// <param name="Name">The secret.</param>
public sealed record DeleteSecret(string Name) : ICommand<string>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>Sets and deletes secrets of the local store, and answers with their names. That it was done, and by whom, is on record; the value is not.</summary>
public sealed class ChangeSecret(ISecrets secrets, IEventLog log) : IHandler<SetSecret, string>, IHandler<DeleteSecret, string>
{
    /// <summary>Why nothing can be a secret of that name; null when it can.</summary>
    public static Error? RefuseName(string name) =>
        SecretRules.IsName(name) ? null : new Error(ErrorCodes.InvalidName, $"'{name}' cannot be the name of a secret", SpecificRemedy: $"Use {SecretRules.NameRule}.");

    /// <inheritdoc/>
    public async Task<Result<string>> HandleAsync(SetSecret request, Caller caller, CancellationToken cancellationToken)
    {
        var (name, value) = request;
        if (Refuse(name) is { } refusal) return refusal;
        if (SecretRules.RefuseValue(value) is { } reason) return new Error(ErrorCodes.SecretUnusable, $"the value of secret {name} {reason}");
        await RecordAsync(name, new SecretSet(name), caller, cancellationToken);
        await ((ISecretStore)secrets).SetAsync(name, value, cancellationToken);
        return name;
    }

    /// <inheritdoc/>
    public async Task<Result<string>> HandleAsync(DeleteSecret request, Caller caller, CancellationToken cancellationToken)
    {
        var name = request.Name;
        if (Refuse(name) is { } refusal) return refusal;
        if ((await secrets.ListAsync(cancellationToken)).All(secret => secret.Name != name))
            return new Error(ErrorCodes.SecretMissing, $"there is no secret {name}", SpecificRemedy: "See `flexcore secrets list`.");
        await RecordAsync(name, new SecretDeleted(name), caller, cancellationToken);
        await ((ISecretStore)secrets).DeleteAsync(name, cancellationToken);
        return name;
    }

    private Error? Refuse(string name) =>
        secrets is ISecretStore ? RefuseName(name) : new Error(ErrorCodes.SecretsReadOnly, $"secrets come from {secrets.Place}, which FlexCore only reads");

    // Before it is done: what was changed without a word cannot be explained afterwards, and who sees the change fail does it again.
    private async Task RecordAsync(string name, IDomainEvent change, Caller caller, CancellationToken cancellationToken) =>
        await log.AppendAsync(EventStreams.Secret(name), expectedVersion: null, [change], EventContext.Of(caller), cancellationToken);
}
