using FlexCore.Application.Ports;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Integrity;
using FlexCore.Infrastructure.Observability.Measured;

namespace FlexCore.Infrastructure;

/// <content>The history of the log: signed, proven, verified.</content>
public sealed partial class InfrastructureModule
{
    /// <summary>Begins to seal and sign the log behind all appends, until this is disposed.</summary>
    public Task StartSigningAsync(CancellationToken cancellationToken) => _integrity.StartAsync(cancellationToken);

    /// <summary>Signs the log as it is now, if this process has appended to it.</summary>
    public Task SignOwnEventsAsync(CancellationToken cancellationToken) => _integrity.SignOwnEventsAsync(cancellationToken);

    /// <summary>All of the log, whether it is what was appended, and proofs of that for others.</summary>
    public IHistory History => new MeasuredHistory(new History(_store, _integrity, _verification));

    /// <summary>Moves the log up to a position out of the database into files of the archive. All of it is signed before it leaves.</summary>
    /// <param name="upTo">The last event to leave. The last event of the log stays in any case.</param>
    /// <param name="cancellationToken">Gives it up; what has left stays in the archive.</param>
    /// <returns>What has left.</returns>
    public Task<IReadOnlyList<ArchiveSegment>> ArchiveAsync(long upTo, CancellationToken cancellationToken) => _archiving.ArchiveAsync(upTo, cancellationToken);

    /// <summary>The position of the last event before a time; 0 when there is none.</summary>
    public Task<long> FindLastBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken) => _archiving.FindLastBeforeAsync(time, cancellationToken);
}
