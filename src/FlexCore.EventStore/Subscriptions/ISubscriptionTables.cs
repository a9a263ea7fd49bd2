namespace FlexCore.EventStore.Subscriptions;

/// <summary>What one kind of store keeps of subscriptions, and how one consumer among all processes is chosen.</summary>
internal interface ISubscriptionTables
{
    /// <summary>Waits until no other consumer of this name is alive, and becomes it.</summary>
    ValueTask<IClaim> ClaimAsync(string name, CancellationToken cancellationToken);

    /// <summary>The last position that was kept, 0 when there is none.</summary>
    ValueTask<long> ReadPositionAsync(string name, CancellationToken cancellationToken);

    /// <summary>Keeps a position.</summary>
    /// <returns>False when there is a newer claim than that of this epoch: nothing was written.</returns>
    ValueTask<bool> TryKeepAsync(string name, long epoch, long position, CancellationToken cancellationToken);

    /// <summary>Puts an event aside and moves the position to it, in one transaction.</summary>
    /// <returns>False when there is a newer claim than that of this epoch: nothing was written.</returns>
    ValueTask<bool> TryParkAsync(string name, long epoch, ParkedEvent parked, CancellationToken cancellationToken);

    /// <summary>The events that were put aside, in their order.</summary>
    ValueTask<IReadOnlyList<ParkedEvent>> ListParkedAsync(string name, long afterPosition, int maxCount, CancellationToken cancellationToken);

    /// <summary>Writes down that a parked event has failed again, if it is still parked.</summary>
    ValueTask UpdateParkedAsync(string name, ParkedEvent parked, CancellationToken cancellationToken);

    /// <summary>Forgets a parked event.</summary>
    /// <returns>False when it was not parked.</returns>
    ValueTask<bool> RemoveParkedAsync(string name, long position, CancellationToken cancellationToken);
}

/// <summary>The right to be the one consumer of a name. Given up by disposal, at the latest by the death of the process.</summary>
internal interface IClaim : IAsyncDisposable
{
    /// <summary>Grows with each claim; what an earlier one writes is refused.</summary>
    long Epoch { get; }

    /// <summary>The last position that was kept.</summary>
    long Position { get; }

    /// <summary>Cancelled when the right has gone, or may have.</summary>
    CancellationToken Lost { get; }
}
