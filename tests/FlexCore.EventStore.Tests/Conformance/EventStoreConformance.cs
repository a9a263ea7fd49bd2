namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>What every event store does, whatever it stands on.</summary>
public abstract partial class EventStoreConformance<TPlace> : StoreTests<TPlace>
    where TPlace : IStorePlace, new()
{
    protected static void ShouldBeSound(IReadOnlyList<RecordedEvent> log) => Sound.ShouldBeSound(log);
}
