using FlexCore.Domain.Errors;

namespace FlexCore.Application.Ports;

/// <summary>Secrets by name, wherever the operator keeps them. No error and no exception has a value in it.</summary>
public interface ISecrets
{
    /// <summary>Where they are kept, for people.</summary>
    string Place { get; }

    /// <summary>The value of a secret.</summary>
    /// <param name="name">Obeys <see cref="Domain.Secrets.SecretRules.NameRule"/>.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The value; or why there is none, with what to do about it.</returns>
    /// <exception cref="FlexCoreException">The place itself cannot be read, or was tampered with.</exception>
    ValueTask<Result<string>> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>All secrets that there are, by name, without their values.</summary>
    /// <exception cref="FlexCoreException">The place itself cannot be read.</exception>
    ValueTask<IReadOnlyList<SecretEntry>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>Secrets that FlexCore keeps itself, and that can be changed through it.</summary>
public interface ISecretStore : ISecrets
{
    /// <summary>Gives a secret its value. It is durable when this completes.</summary>
    /// <exception cref="FlexCoreException">It cannot be kept; what was there before still is.</exception>
    ValueTask SetAsync(string name, string value, CancellationToken cancellationToken);

    /// <summary>Removes a secret; one that is not there is passed over.</summary>
    /// <exception cref="FlexCoreException">It cannot be removed; it is still there.</exception>
    ValueTask DeleteAsync(string name, CancellationToken cancellationToken);
}

/// <summary>A secret without its value.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SetAt">When it got its value; null where nobody knows.</param>
public sealed record SecretEntry(string Name, DateTimeOffset? SetAt);
