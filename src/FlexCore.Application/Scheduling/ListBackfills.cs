using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Scheduling;

/// <summary>A backfill, and how far it is.</summary>
/// <param name="Backfill">The backfill.</param>
/// <param name="Runs">How many runs it has in all.</param>
public sealed record BackfillProgress(Backfill Backfill, int Runs);

/// <summary>The backfills that a log knows.</summary>
public sealed class ListBackfills(IEventLog log)
{
    /// <summary>The newest ones, newest first.</summary>
    public async Task<IReadOnlyList<BackfillProgress>> HandleAsync(int limit, CancellationToken cancellationToken)
    {
        var backfills = new List<BackfillProgress>();
        foreach (var stream in await log.ListStreamsAsync(EventStreams.BackfillCategory, before: null, limit, cancellationToken))
        {
            var (backfill, _) = await log.ReadBackfillAsync(Guid.Parse(EventStreams.IdIn(stream, EventStreams.BackfillCategory)!), cancellationToken);
            backfills.Add(new BackfillProgress(backfill, backfill.DueTimes().Count()));
        }

        return backfills;
    }
}
