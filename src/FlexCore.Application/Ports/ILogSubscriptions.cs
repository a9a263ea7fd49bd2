namespace FlexCore.Application.Ports;

/// <summary>Hands all events, in the order of the log, to one of all nodes; to another one in its place when it dies. The place is kept.</summary>
public interface ILogSubscriptions
{
    /// <summary>Begins.</summary>
    /// <param name="name">What the place is kept under.</param>
    /// <param name="handle">Gets one event at a time, each at least once; one with which it fails several times is put aside.</param>
    /// <returns>Ends it when disposed.</returns>
    IAsyncDisposable Subscribe(string name, Func<StoredEvent, CancellationToken, ValueTask> handle);
}
