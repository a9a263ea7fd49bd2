using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.DeadLetters;

namespace FlexCore.Application.DeadLetters;

/// <summary>Ends dead letters that nobody needs, open or replayed: their content is removed, that they were there stays on record.</summary>
public sealed class DiscardDeadLetters(IDeadLetters letters, IEventLog log)
{
    /// <summary>Discards them.</summary>
    /// <returns>How many had not been discarded before.</returns>
    public async Task<int> HandleAsync(IReadOnlyList<DeadLetter> which, CancellationToken cancellationToken)
    {
        var kept = which.Where(letter => letter.Status != DeadLetterStatus.Discarded).ToList();
        foreach (var step in kept.GroupBy(letter => (letter.Pipeline, letter.Step)))
        {
            // On record first: what is gone without a word cannot be explained afterwards.
            DeadLettersDiscarded discarded = new([.. step.Select(letter => letter.Id)]);
            var stream = EventStreams.DeadLetters(step.Key.Pipeline, step.Key.Step);
            await log.AppendAsync(stream, expectedVersion: null, [discarded], EventContext.New(Guid.CreateVersion7()), cancellationToken);
        }

        return await letters.EndAsync([.. kept.Select(letter => letter.Id)], DeadLetterStatus.Discarded, replayedBy: null, cancellationToken);
    }
}
