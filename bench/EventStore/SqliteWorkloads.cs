using System.Diagnostics;
using System.Globalization;

namespace FlexCore.EventStore.Benchmarks;

/// <summary>The workloads on FlexCore's store on SQLite, and Python's C binding as the limit: the same table, WAL, synchronous FULL, unique ids and versions.</summary>
internal sealed class SqliteWorkloads(string folder)
{
    private const string Bare = """
        import os, sqlite3, sys, time, uuid
        path, what, data, metadata = sys.argv[1:5]
        for name in (path, path + "-wal", path + "-shm"):
            if os.path.exists(name): os.remove(name)
        store = sqlite3.connect(path, isolation_level=None)
        store.executescript('''PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            CREATE TABLE events (position INTEGER PRIMARY KEY, stream_id TEXT NOT NULL, version INTEGER NOT NULL, id BLOB NOT NULL UNIQUE,
                event_type TEXT NOT NULL, created_at INTEGER NOT NULL, event_data BLOB NOT NULL, metadata BLOB NOT NULL, UNIQUE (stream_id, version)) STRICT''')
        insert = "INSERT INTO events (stream_id, version, id, event_type, created_at, event_data, metadata) VALUES (?, ?, ?, 'StepSucceeded', 1, ?, ?)"
        row = lambda stream, version: (stream, version, uuid.uuid4().bytes, data.encode(), metadata.encode())
        def append(count):
            stream = f"run-{uuid.uuid4()}"
            if count == 1: return store.execute(insert, row(stream, 1))
            store.execute("BEGIN")
            store.executemany(insert, [row(stream, version + 1) for version in range(count)])
            store.execute("COMMIT")
        def rate(work, each, seconds):
            end, count = time.perf_counter() + seconds, 0
            while time.perf_counter() < end:
                work()
                count += each
            return count / seconds
        if what == "scan":
            for _ in range(2000): append(100)
            started = time.perf_counter()
            count = sum(1 for _ in store.execute("SELECT * FROM events ORDER BY position"))
            print(count / (time.perf_counter() - started))
        else:
            rate(lambda: append(int(what)), 0, 1)
            print(rate(lambda: append(int(what)), int(what), 3))
        """;

    public async Task<Measured> BareAsync(string what)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", Bare, Path.Combine(folder, "bare.db"), what, Sample.Data, Sample.Metadata]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return Measured.Of(double.Parse(output, CultureInfo.InvariantCulture));
    }

    public async Task<Measured> AppendAsync(int eventsEach)
    {
        await using var store = await OpenEmptyAsync();
        return await StoreWorkloads.AppendAsync(store, 1, eventsEach);
    }

    public async Task<Measured> ScanAsync()
    {
        await using var store = await OpenEmptyAsync();
        for (var i = 0; i < 2000; i++) await store.AppendAsync([new StreamAppend(Sample.NewStream(), ExpectedVersion.NoStream, Sample.NewEvents(100))]);
        return await Load.TimeAsync(async () =>
        {
            for (var position = 0L; ;)
            {
                var page = await store.ReadLogAsync(position, 5000, new LogFilter());
                if (page.Count == 0) return position;
                position = page[^1].Position;
            }
        });
    }

    private async Task<SqliteEventStore> OpenEmptyAsync()
    {
        var path = Path.Combine(folder, "events.db");
        foreach (var old in Directory.GetFiles(folder, "events.db*")) File.Delete(old);
        return await SqliteEventStore.OpenAsync(path, TimeProvider.System);
    }
}
