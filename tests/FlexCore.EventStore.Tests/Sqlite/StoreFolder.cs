namespace FlexCore.EventStore.Tests.Sqlite;

/// <summary>A folder of its own for each test, and the stores opened in it.</summary>
public abstract class StoreFolder : IAsyncLifetime
{
    private readonly List<SqliteEventStore> _stores = [];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected string Folder { get; } = Directory.CreateTempSubdirectory("flexcore-events-").FullName;

    protected string StorePath => Path.Combine(Folder, "events.db");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected async Task<SqliteEventStore> OpenAsync(TimeProvider? timeProvider = null)
    {
        var store = await SqliteEventStore.OpenAsync(StorePath, timeProvider ?? TimeProvider.System, cancellationToken: Token);
        _stores.Add(store);
        return store;
    }

    protected static async Task<IReadOnlyList<RecordedEvent>> LogOf(IEventStore store) =>
        await store.ReadLogAsync(0, int.MaxValue, new LogFilter(), Token);

    protected static void ShouldBeSound(IReadOnlyList<RecordedEvent> log) => Sound.ShouldBeSound(log);
}
