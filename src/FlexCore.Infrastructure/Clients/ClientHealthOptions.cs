namespace FlexCore.Infrastructure.Clients;

/// <summary>How the health of a system outside is looked at.</summary>
public sealed class ClientHealthOptions
{
    /// <summary>Whether a process without this system should get no requests; otherwise it is only called degraded.</summary>
    public bool IsNeeded { get; set; } = true;

    /// <summary>How long a look may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long what was found is good enough for those who ask again.</summary>
    public TimeSpan KeptFor { get; set; } = TimeSpan.FromSeconds(1);
}
