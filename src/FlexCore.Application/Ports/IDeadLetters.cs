using FlexCore.Domain.Access;
using FlexCore.Domain.DeadLetters;

namespace FlexCore.Application.Ports;

/// <summary>The records that could not be processed. Failures are <see cref="Domain.Errors.FlexCoreException"/>s of class 3.</summary>
public interface IDeadLetters
{
    /// <summary>Keeps letters, all or none; they are durable when this completes.</summary>
    ValueTask AddAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken);

    /// <summary>Letters without their content, oldest first.</summary>
    ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken);

    /// <summary>One letter with its content; null when there is none.</summary>
    ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Ends letters that are open; replayed ones can still be discarded. Others are passed over.</summary>
    /// <param name="ids">Which.</param>
    /// <param name="status">How. The content of discarded letters is removed.</param>
    /// <param name="replayedBy">The run that sent them again.</param>
    /// <param name="cancellationToken">Stops before anything is changed.</param>
    /// <returns>How many were ended.</returns>
    ValueTask<int> EndAsync(IReadOnlyList<Guid> ids, DeadLetterStatus status, Guid? replayedBy, CancellationToken cancellationToken);
}

/// <summary>Which dead letters to list.</summary>
/// <param name="After">The id before the first one.</param>
/// <param name="Limit">At most so many.</param>
/// <param name="Pipeline">Only of this pipeline.</param>
/// <param name="Step">Only of this step.</param>
/// <param name="RunId">Only of this run.</param>
/// <param name="Stream">Only of this record stream.</param>
/// <param name="Reason">Only with this reason.</param>
/// <param name="Status">Only those that are there; null lists all.</param>
/// <param name="Scope">Only of these pipelines; null lists all.</param>
public sealed record DeadLetterQuery(
    Guid? After, int Limit, string? Pipeline = null, string? Step = null, Guid? RunId = null, string? Stream = null, DeadLetterReason? Reason = null, DeadLetterStatus? Status = null,
    PipelineScope? Scope = null);
