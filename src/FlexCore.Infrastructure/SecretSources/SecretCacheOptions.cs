namespace FlexCore.Infrastructure.SecretSources;

/// <summary>How long secrets from outside are kept here.</summary>
public sealed record SecretCacheOptions
{
    /// <summary>How long a secret is kept before its place is asked again; a little longer at random, as the cache has it, so that not all are asked for at once.</summary>
    public TimeSpan KeptFor { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long it is kept that there is no such secret.</summary>
    public TimeSpan MissingFor { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How much longer a secret is used while its place cannot be asked.</summary>
    public TimeSpan StaleFor { get; init; } = TimeSpan.FromHours(1);
}
