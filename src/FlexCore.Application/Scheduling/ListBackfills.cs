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

    /// <inheritdoc/>
    public Reach Reach => Reach.Scope;
}

/// <summary>Lists the backfills that a log knows.</summary>
public sealed class ListBackfillsHandler(IEventLog log) : IHandler<ListBackfills, IReadOnlyList<BackfillProgress>>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<BackfillProgress>>> HandleAsync(ListBackfills request, Caller caller, CancellationToken cancellationToken)
    {
        var backfills = new List<BackfillProgress>();
        string? last = null;
        while (backfills.Count < request.Limit && await log.ListStreamsAsync(EventStreams.BackfillCategory, last, request.Limit, cancellationToken) is { Count: > 0 } streams)
        {
            foreach (var stream in streams)
            {
                var (backfill, _) = await log.ReadBackfillAsync(Guid.Parse(EventStreams.IdIn(stream, EventStreams.BackfillCategory)!), cancellationToken);
                if (backfills.Count < request.Limit && caller.MaySee(backfill.Pipeline)) backfills.Add(new BackfillProgress(backfill, backfill.DueTimes().Count()));
            }

            last = streams[^1];
        }

        return backfills;
    }
}
