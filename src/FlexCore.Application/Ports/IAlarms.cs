namespace FlexCore.Application.Ports;

/// <summary>Rings at given times, for one of all nodes on a store. It may ring late, and now and then twice: what follows is on record, and decides what is to be done.</summary>
/// <remarks>Failures are <see cref="Domain.Errors.FlexCoreException"/>s of class 3.</remarks>
public interface IAlarms : IAsyncDisposable
{
    /// <summary>Begins to ring.</summary>
    /// <param name="ring">Told the name of the alarm; answers when it is to ring again, null for never. It does not throw but when it is cancelled.</param>
    /// <param name="cancellationToken">Gives the beginning up.</param>
    ValueTask StartAsync(Func<string, CancellationToken, Task<DateTimeOffset?>> ring, CancellationToken cancellationToken);

    /// <summary>Sets the one alarm of a name, anew if there is one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="at">When it is to ring; null for never.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    ValueTask SetAsync(string name, DateTimeOffset? at, CancellationToken cancellationToken);
}
