using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.DeadLetters;

/// <summary>Dead letters without their content, oldest first.</summary>
/// <param name="Query">Which.</param>
public sealed record ListDeadLetters(DeadLetterQuery Query) : IQuery<IReadOnlyList<DeadLetter>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Query.Pipeline);
}

/// <summary>One dead letter with its content, which may be anybody's data.</summary>
/// <param name="Id">Its id, or the end of it.</param>
public sealed record ShowDeadLetter(string Id) : IQuery<DeadLetter>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => Guid.TryParse(Id, out var letter) ? new Reach.OfDeadLetters(letter) : Reach.Scope;
}

/// <summary>Finds the dead letters that somebody means.</summary>
public sealed class SelectDeadLetters(IDeadLetters letters) : IHandler<ListDeadLetters, IReadOnlyList<DeadLetter>>, IHandler<ShowDeadLetter, DeadLetter>
{
    /// <summary>At most so many are dealt with at once.</summary>
    public const int MaxAtOnce = 10_000;

    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<DeadLetter>>> HandleAsync(ListDeadLetters request, Caller caller, CancellationToken cancellationToken) =>
        (await letters.ListAsync(request.Query with { Scope = caller.Scope }, cancellationToken)).ToArray();

    /// <inheritdoc/>
    public Task<Result<DeadLetter>> HandleAsync(ShowDeadLetter request, Caller caller, CancellationToken cancellationToken) => FindAsync(request.Id, caller, cancellationToken);

    /// <summary>The letter of that id, with its content. UUIDv7s of one moment begin alike, so a short id is the end of one.</summary>
    private async Task<Result<DeadLetter>> FindAsync(string id, Caller caller, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var whole))
        {
            var matches = (await letters.ListAsync(new DeadLetterQuery(null, int.MaxValue, Scope: caller.Scope), cancellationToken)).Where(letter => letter.Id.ToString().EndsWith(id, StringComparison.OrdinalIgnoreCase)).Take(2).ToList();
            if (matches.Count > 1) return new Error(ErrorCodes.NotFound, $"'{Domain.Printable.Escape(id)}' fits more than one dead letter", SpecificRemedy: "Give more of the id.");
            whole = matches.Count == 1 && id.Length > 0 ? matches[0].Id : Guid.Empty;
        }

        return await letters.FindAsync(whole, cancellationToken) is { } letter ? letter : new Error(ErrorCodes.NotFound, $"there is no dead letter '{Domain.Printable.Escape(id)}'");
    }
}
