using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Scheduling;

/// <summary>A backfill, and how far it is.</summary>
/// <param name="Backfill">The backfill.</param>
/// <param name="Runs">How many runs it has in all.</param>
public sealed record BackfillProgress(Backfill Backfill, int Runs);

/// <summary>The newest backfills, newest first.</summary>
/// <param name="Limit">At most so many.</param>
public sealed record ListBackfills(int Limit) : IQuery<IReadOnlyList<BackfillProgress>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;
}

/// <summary>Lists the backfills that a log knows.</summary>
public sealed class ListBackfillsHandler(IEventLog log) : IHandler<ListBackfills, IReadOnlyList<BackfillProgress>>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<BackfillProgress>>> HandleAsync(ListBackfills request, Caller caller, CancellationToken cancellationToken)
    {
        var backfills = new List<BackfillProgress>();
        foreach (var stream in await log.ListStreamsAsync(EventStreams.BackfillCategory, before: null, request.Limit, cancellationToken))
        {
            var (backfill, _) = await log.ReadBackfillAsync(Guid.Parse(EventStreams.IdIn(stream, EventStreams.BackfillCategory)!), cancellationToken);
            backfills.Add(new BackfillProgress(backfill, backfill.DueTimes().Count()));
        }

        return backfills;
    }
}
