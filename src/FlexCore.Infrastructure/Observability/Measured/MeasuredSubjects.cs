using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>Those whom data are about, with how long each operation takes.</summary>
internal sealed class MeasuredSubjects(ISubjects inner) : ISubjects
{
    private static readonly MeasuredPort Port = new("subjects");

    public ValueTask<ErasedSubject> EraseAsync(string subject, string reason, EventContext context, CancellationToken cancellationToken) => Port.MeasureAsync("erase", () => inner.EraseAsync(subject, reason, context, cancellationToken));

    public ValueTask<int> EraseAgainAsync(CancellationToken cancellationToken) => Port.MeasureAsync("erase-again", () => inner.EraseAgainAsync(cancellationToken));
}
