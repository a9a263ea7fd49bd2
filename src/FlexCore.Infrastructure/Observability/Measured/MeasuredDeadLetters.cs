using FlexCore.Application.Ports;
using FlexCore.Domain.DeadLetters;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>The dead letters, with how long each operation takes.</summary>
internal sealed class MeasuredDeadLetters(IDeadLetters inner) : IDeadLetters
{
    private static readonly MeasuredPort Port = new("dead-letters");

    public ValueTask AddAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken) => Port.MeasureAsync("add", () => inner.AddAsync(letters, cancellationToken));

    public ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken) => Port.MeasureAsync("list", () => inner.ListAsync(query, cancellationToken));

    public ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken) => Port.MeasureAsync("find", () => inner.FindAsync(id, cancellationToken));

    public ValueTask<int> EndAsync(IReadOnlyList<Guid> ids, DeadLetterStatus status, Guid? replayedBy, CancellationToken cancellationToken) => Port.MeasureAsync("end", () => inner.EndAsync(ids, status, replayedBy, cancellationToken));
}
