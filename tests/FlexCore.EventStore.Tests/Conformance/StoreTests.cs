namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>A place for the stores of one test, and the stores opened there.</summary>
public abstract class StoreTests<TPlace> : IAsyncLifetime
    where TPlace : IStorePlace, new()
{
    private readonly List<IAsyncDisposable> _open = [];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected TPlace Place { get; } = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var open in Enumerable.Reverse(_open)) await open.DisposeAsync();
        await Place.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task<IEventStore> OpenAsync(TimeProvider? timeProvider = null) => Closing(await Place.OpenAsync(timeProvider ?? TimeProvider.System));

    /// <summary>Whatever was opened last is closed first.</summary>
    protected T Closing<T>(T opened)
        where T : IAsyncDisposable
    {
        _open.Add(opened);
        return opened;
    }

    protected static async Task<IReadOnlyList<RecordedEvent>> LogOf(IEventStore store) => await store.ReadLogAsync(0, int.MaxValue, new LogFilter(), Token);
}
