using FlexCore.Application.Ports;
using FlexCore.EventStore;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>A queue whose rows lie in the database of the log, where they change with events.</summary>
internal interface IStoredRunQueue : IRunQueue
{
    /// <summary>What a change is in the database. The tables are there when this has returned.</summary>
    ValueTask<TableChange> TranslateAsync(QueueChange change, CancellationToken cancellationToken);

    /// <summary>A change has been committed.</summary>
    void Raise(QueueChange change);
}
