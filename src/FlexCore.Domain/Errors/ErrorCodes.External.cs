namespace FlexCore.Domain.Errors;

/// <content>Class 5: systems outside FlexCore.</content>
public static partial class ErrorCodes
{
#pragma warning disable CS1591 // Each entry documents itself: name, meaning, remedy.
    public static readonly ErrorCode NotificationUndelivered = External(
        "FX5001", nameof(NotificationUndelivered), "A notification did not get through. The run that it is about is not harmed by that.", "Look at the channel in flexcore.yaml, and try it with `flexcore notify test CHANNEL`.", transient: true);

    public static readonly ErrorCode SystemLeftAlone = External(
        "FX5002", nameof(SystemLeftAlone), "A step uses a system with which too many attempts in a row have failed: it is left alone for a while, and nothing was started.", "Look why the attempts before have failed (`flexcore events list --type CircuitOpened`); the first attempt after the pause tries the system again. `circuit_breaker` in flexcore.yaml says how many and how long.", transient: true);

    public static readonly ErrorCode IdentityProviderUnavailable = External(
        "FX5003", nameof(IdentityProviderUnavailable), "The identity provider cannot be asked for the keys that its tokens are checked with.", "Look whether the address of `oidc.authority` answers this machine; tokens of `flexcore token create` hold meanwhile.", transient: true);

    public static readonly ErrorCode ServerUnreachable = External(
        "FX5004", nameof(ServerUnreachable), "The server that a command is to ask cannot be reached.", "Look whether the address is right and the server runs: `flexcore serve --http ADDRESS`.", transient: true);

    public static readonly ErrorCode ServerUnusable = External(
        "FX5005", nameof(ServerUnusable), "What has answered a command is not a FlexCore server that it can work with.", "Look whether the address is right, what is between here and the server, and whether both are of one version.");
#pragma warning restore CS1591

    private static ErrorCode[] ExternalCodes() => [NotificationUndelivered, SystemLeftAlone, IdentityProviderUnavailable, ServerUnreachable, ServerUnusable];
}
