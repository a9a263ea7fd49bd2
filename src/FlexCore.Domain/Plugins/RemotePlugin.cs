namespace FlexCore.Domain.Plugins;

/// <summary>A plugin of another FlexCore server, or of a service that answers like one.</summary>
/// <param name="Address">Where the service is; what follows the host is where a proxy has put it.</param>
/// <param name="Plugin">What it is called there.</param>
/// <param name="Token">The name of the secret that is the access token.</param>
public sealed record RemotePlugin(Uri Address, string Plugin, string Token)
{
    /// <summary>What stands for the isolation of a process, and for how its limits are kept, where both are another machine's affair.</summary>
    public const string Elsewhere = "remote";

    /// <summary>The destination that has to be granted: <c>host:port</c>.</summary>
    public string Destination => $"{Address.IdnHost}:{Address.Port}";
}
