namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>What every event store does, whatever it stands on.</summary>
public abstract partial class EventStoreConformance<TPlace> : IAsyncLifetime
    where TPlace : IStorePlace, new()
{
    private readonly List<IEventStore> _stores = [];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected TPlace Place { get; } = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
        await Place.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task<IEventStore> OpenAsync(TimeProvider? timeProvider = null)
    {
        var store = await Place.OpenAsync(timeProvider ?? TimeProvider.System);
        _stores.Add(store);
        return store;
    }

    protected static async Task<IReadOnlyList<RecordedEvent>> LogOf(IEventStore store) => await store.ReadLogAsync(0, int.MaxValue, new LogFilter(), Token);

    protected static void ShouldBeSound(IReadOnlyList<RecordedEvent> log) => Sound.ShouldBeSound(log);
}
