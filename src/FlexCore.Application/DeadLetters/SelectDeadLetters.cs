using FlexCore.Application.Ports;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.DeadLetters;

/// <summary>Finds the open dead letters that somebody means.</summary>
public sealed class SelectDeadLetters(IDeadLetters letters)
{
    /// <summary>At most so many are dealt with at once.</summary>
    public const int MaxAtOnce = 10_000;

    /// <summary>The letters of these ids (whole, or the end of one), or, without ids, all open ones that the query is for.</summary>
    public async Task<Result<List<DeadLetter>>> HandleAsync(IReadOnlyList<string> ids, DeadLetterQuery query, CancellationToken cancellationToken)
    {
        if (ids.Count == 0) return (await letters.ListAsync(query with { Status = DeadLetterStatus.Open, Limit = MaxAtOnce }, cancellationToken)).ToList();

        var found = new List<DeadLetter>();
        var errors = new List<Error>();
        foreach (var id in ids)
        {
            var one = await FindAsync(id, cancellationToken);
            if (one.IsSuccess) found.Add(one.Value);
            else errors.AddRange(one.Errors);
        }

        return errors.Count > 0 ? errors.ToArray() : found;
    }

    /// <summary>The letter of that id, with its content. UUIDv7s of one moment begin alike, so a short id is the end of one.</summary>
    public async Task<Result<DeadLetter>> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var whole))
        {
            var matches = (await letters.ListAsync(new DeadLetterQuery(null, int.MaxValue), cancellationToken)).Where(letter => letter.Id.ToString().EndsWith(id, StringComparison.OrdinalIgnoreCase)).Take(2).ToList();
            if (matches.Count > 1) return new Error(ErrorCodes.NotFound, $"'{Domain.Printable.Escape(id)}' fits more than one dead letter", SpecificRemedy: "Give more of the id.");
            whole = matches.Count == 1 && id.Length > 0 ? matches[0].Id : Guid.Empty;
        }

        return await letters.FindAsync(whole, cancellationToken) is { } letter ? letter : new Error(ErrorCodes.NotFound, $"there is no dead letter '{Domain.Printable.Escape(id)}'");
    }
}
