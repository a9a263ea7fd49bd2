using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.DeadLetters;

/// <summary>Ends dead letters that nobody needs, open or replayed: their content is removed, that they were there stays on record. The answer is how many had not been discarded before.</summary>
/// <param name="Letters">Their ids; at most <see cref="SelectDeadLetters.MaxAtOnce"/>.</param>
public sealed record DiscardDeadLetters(IReadOnlyList<Guid> Letters) : ICommand<int>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => new Reach.OfDeadLetters(Letters);

    /// <inheritdoc/>
    public IEnumerable<Error> Validate() =>
        Letters.Count > SelectDeadLetters.MaxAtOnce ? [new Error(ErrorCodes.UsageInvalid, $"at most {SelectDeadLetters.MaxAtOnce} dead letters are discarded at once")] : [];
}

/// <summary>Discards them.</summary>
public sealed class DiscardDeadLettersHandler(IDeadLetters letters, IEventLog log) : IHandler<DiscardDeadLetters, int>
{
    /// <inheritdoc/>
    public async Task<Result<int>> HandleAsync(DiscardDeadLetters request, Caller caller, CancellationToken cancellationToken)
    {
        var which = new List<DeadLetter>();
        foreach (var id in request.Letters.Distinct())
        {
            if (await letters.FindAsync(id, cancellationToken) is not { } letter) return new Error(ErrorCodes.NotFound, $"there is no dead letter {id}");
            which.Add(letter);
        }

        var kept = which.Where(letter => letter.Status != DeadLetterStatus.Discarded).ToList();
        foreach (var step in kept.GroupBy(letter => (letter.Pipeline, letter.Step)))
        {
            // On record first: what is gone without a word cannot be explained afterwards.
            DeadLettersDiscarded discarded = new([.. step.Select(letter => letter.Id)]);
            var stream = EventStreams.DeadLetters(step.Key.Pipeline, step.Key.Step);
            await log.AppendAsync(stream, expectedVersion: null, [discarded], EventContext.Of(caller), cancellationToken);
        }

        return await letters.EndAsync([.. kept.Select(letter => letter.Id)], DeadLetterStatus.Discarded, replayedBy: null, cancellationToken);
    }
}
