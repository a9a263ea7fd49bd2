namespace FlexCore.Infrastructure.SecretSources;

/// <summary>A place outside that keeps secrets with their versions.</summary>
public interface ISecretSource
{
    /// <summary>A secret.</summary>
    /// <param name="name">As the place has it.</param>
    /// <param name="version">One of its versions; null for the newest.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>The secret; null when there is none, or it was deleted.</returns>
    /// <exception cref="Domain.Errors.FlexCoreException">The place cannot be asked, or does not let this program read it.</exception>
    ValueTask<SourcedSecret?> FindAsync(string name, string? version, CancellationToken cancellationToken);

    /// <summary>The names of all secrets that this program may see there, with the time at which each got its value where the place tells it.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException">The place cannot be asked, or does not let this program list them.</exception>
    ValueTask<IReadOnlyList<(string Name, DateTimeOffset? SetAt)>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>A secret as its place has it.</summary>
/// <param name="Value">What is to be kept secret: never in a log, an error or a text of this object.</param>
/// <param name="Version">Which version of it.</param>
/// <param name="SetAt">When it got this value; null where the place does not tell.</param>
public sealed record SourcedSecret(string Value, string Version, DateTimeOffset? SetAt)
{
    /// <summary>Its version, without its value.</summary>
    public override string ToString() => $"version {Version}";
}
