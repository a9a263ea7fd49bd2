namespace FlexCore.EventStore.Subscriptions;

/// <summary>What a consumer of the log is doing.</summary>
public enum ConsumerState
{
    /// <summary>It has not been started, or was stopped.</summary>
    Stopped,

    /// <summary>It waits to take over: another consumer of the same name works, here or elsewhere.</summary>
    Waiting,

    /// <summary>It reads what was appended before.</summary>
    CatchingUp,

    /// <summary>It has reached the end of the log and gets events as they are appended.</summary>
    Live,

    /// <summary>It cannot go on at the moment and tries again; the last error says why.</summary>
    Retrying,

    /// <summary>A newer version of the projection serves; this one has ended.</summary>
    Superseded,
}
