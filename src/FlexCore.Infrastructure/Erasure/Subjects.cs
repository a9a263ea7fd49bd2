using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Events;

namespace FlexCore.Infrastructure.Erasure;

/// <summary>Subjects whose keys are beside an event store.</summary>
internal sealed class Subjects(IEventStore store, EventLog log, MasterKeyFile masterKey, string actor, string node) : ISubjects
{
    public async ValueTask<ErasedSubject> EraseAsync(string subject, string reason, EventContext context, CancellationToken cancellationToken)
    {
        var metadata = JsonSerializer.SerializeToUtf8Bytes(
            new EventMetadata(actor, context.CorrelationId, context.CausationId, node, context.TraceParent, Schema: 1), DomainEventsJson.Default.EventMetadata);
        var erased = await EventLog.Translate(() => Open().EraseAsync(subject, reason, actor, metadata, cancellationToken));
        log.NoteAppend();
        return new ErasedSubject(erased.Id, erased.Subject, erased.KeysDestroyed);
    }

    public ValueTask<int> EraseAgainAsync(CancellationToken cancellationToken) => EventLog.Translate(() => Open().EraseAgainAsync(cancellationToken));

    private PersonalData Open() => store.OpenPersonalData(masterKey.Read().Span);
}
