namespace FlexCore.Domain.Errors;

/// <content>Class 5: systems outside FlexCore.</content>
public static partial class ErrorCodes
{
#pragma warning disable CS1591 // Each entry documents itself: name, meaning, remedy.
    public static readonly ErrorCode NotificationUndelivered = External(
        "FX5001", nameof(NotificationUndelivered), "A notification did not get through. The run that it is about is not harmed by that.", "Look at the channel in flexcore.yaml, and try it with `flexcore notify test CHANNEL`.", transient: true);
#pragma warning restore CS1591

    private static ErrorCode[] ExternalCodes() => [NotificationUndelivered];
}
