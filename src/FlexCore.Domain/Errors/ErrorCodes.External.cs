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

    public static readonly ErrorCode SystemUnreachable = External(
        "FX5010", nameof(SystemUnreachable), "A system outside cannot be reached, or the connection to it broke.", "Look whether it runs, and whether its address, its port and its certificate are those that are set.", transient: true);

    public static readonly ErrorCode SystemTimedOut = External(
        "FX5011", nameof(SystemTimedOut), "A system outside did not answer in time.", "Look what it is busy with, ask for less at once, or raise `Timeout` in the options of its client.", transient: true);

    public static readonly ErrorCode SystemAccessRefused = External(
        "FX5012", nameof(SystemAccessRefused), "A system outside does not know who asks, or does not let them do what was asked.", "Look at the credentials that are set, and at what they permit there.");

    public static readonly ErrorCode SystemRequestRefused = External(
        "FX5013", nameof(SystemRequestRefused), "A system outside does not take what was asked of it.", "The message says what it has against it.");

    public static readonly ErrorCode SystemBusy = External(
        "FX5014", nameof(SystemBusy), "A system outside has too much to do, changes its leader, or gave up one of several transactions that wanted the same.", "Try again later, or with less at once.", transient: true);

    public static readonly ErrorCode SystemConflict = External(
        "FX5015", nameof(SystemConflict), "What a system outside has is not what the caller expected there.", "Read again how things stand there, and decide anew.");

    public static readonly ErrorCode SystemResting = External(
        "FX5016", nameof(SystemResting), "A system outside is not asked for a while, as too many attempts in a row have failed.", "Look why the attempts before have failed; `Breaker` in the options of its client says how many and how long.", transient: true);

    public static readonly ErrorCode WorkerProviderFailed = External(
        "FX5017", nameof(WorkerProviderFailed), "What provides workers did not do what it was asked. It is asked again.", "Look at its run (`flexcore runs list --pipeline plugin-NAME`), or, of processes of this machine, at what the message names.", transient: true);
#pragma warning restore CS1591

    private static ErrorCode[] ExternalCodes() => [NotificationUndelivered, SystemLeftAlone, IdentityProviderUnavailable, ServerUnreachable, ServerUnusable, SystemUnreachable, SystemTimedOut, SystemAccessRefused, SystemRequestRefused, SystemBusy, SystemConflict, SystemResting, WorkerProviderFailed];
}
