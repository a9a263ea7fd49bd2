using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.DeadLetters;

namespace FlexCore.Application.DeadLetters;

/// <summary>Ends dead letters that nobody needs: their content is removed, that they were there stays on record.</summary>
public sealed class DiscardDeadLetters(IDeadLetters letters, IEventLog log)
{
    /// <summary>Discards them.</summary>
    /// <returns>How many were open.</returns>
    public async Task<int> HandleAsync(IReadOnlyList<DeadLetter> which, CancellationToken cancellationToken)
    {
        var open = which.Where(letter => letter.Status == DeadLetterStatus.Open).ToList();
        foreach (var step in open.GroupBy(letter => (letter.Pipeline, letter.Step)))
        {
            // On record first: what is gone without a word cannot be explained afterwards.
            DeadLettersDiscarded discarded = new([.. step.Select(letter => letter.Id)]);
            var stream = EventStreams.DeadLetters(step.Key.Pipeline, step.Key.Step);
            await log.AppendAsync(stream, expectedVersion: null, [discarded], EventContext.New(Guid.CreateVersion7()), cancellationToken);
        }

        return await letters.EndAsync([.. open.Select(letter => letter.Id)], DeadLetterStatus.Discarded, replayedBy: null, cancellationToken);
    }
}
