namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class EventStoreConformance<TPlace>
{
    private const int Writers = 4;
    private const int AppendsPerWriter = 150;

    [Fact]
    public async Task Concurrent_writers_leave_no_gap_and_readers_see_a_growing_prefix()
    {
        using var written = new CancellationTokenSource();
        var reader = await OpenAsync();
        var reading = Task.Run(() => ReadWhile(reader, written.Token), Token);

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(w => Task.Run(
            async () =>
            {
                await using var store = await Place.OpenAsync(TimeProvider.System);
                for (var i = 0; i < AppendsPerWriter; i++)
                {
                    await store.AppendAsync([Some.Append($"run-{w}", Some.Events(2)), Some.Append("state-shared", Some.Events(1))], Token);
                }
            },
            Token)));
        await written.CancelAsync();
        var seen = await reading;

        var log = await LogOf(reader);
        log.Count.ShouldBe(Writers * AppendsPerWriter * 3);
        ShouldBeSound(log);
        seen.ShouldBe(log.Take(seen.Count).Select(e => e.Id));
    }

    [Fact]
    public async Task One_store_serves_many_tasks_at_once()
    {
        var store = await OpenAsync();

        await Parallel.ForAsync(0, 200, Token, async (i, token) =>
        {
            await store.AppendAsync(Some.Append($"run-{i % 10}", Some.Events(1)), token);
            (await store.ReadLastAsync($"run-{i % 10}", token)).ShouldNotBeNull();
        });

        var log = await LogOf(store);
        log.Count.ShouldBe(200);
        ShouldBeSound(log);
    }

    [Fact]
    public async Task Writer_that_was_alone_appends_behind_what_another_one_has_appended_since()
    {
        var (alone, other) = (await OpenAsync(), await OpenAsync());
        var repeated = Some.Event();
        async Task<AppendResult> AppendAloneAsync(string streamId) => await alone.AppendAsync(Some.Append(streamId, Some.Events(1)), Token);
        for (var i = 0; i < 3; i++) await AppendAloneAsync("run-1");

        await other.AppendAsync(Some.Append("run-1", Some.Events(2)), Token);
        (await AppendAloneAsync("run-1")).StreamVersions.ShouldBe([6]);
        for (var i = 0; i < 3; i++) await AppendAloneAsync("run-2");

        await other.AppendAsync(Some.Append("run-3", repeated), Token);
        (await alone.AppendAsync(Some.Append("run-3", repeated), Token)).LastPosition.ShouldBe(10);
        for (var i = 0; i < 3; i++) await AppendAloneAsync("run-4");

        await other.AppendAsync(StreamAppend.Tombstone("run-4", ExpectedVersion.Any), Token);
        await Should.ThrowAsync<StreamTombstonedException>(() => AppendAloneAsync("run-4"));
        await AppendAloneAsync("run-5");
        ShouldBeSound(await LogOf(alone));
        (await LogOf(alone)).Count.ShouldBe(15);
    }

    [Fact]
    public async Task Of_writers_that_expect_the_same_version_one_wins()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => OpenAsync()));

        var wins = await Task.WhenAll(stores.Select(store => Task.Run(
            async () =>
            {
                try
                {
                    await store.AppendAsync(new StreamAppend("run-1", ExpectedVersion.NoStream, Some.Events(1)), Token);
                    return 1;
                }
                catch (StreamVersionConflictException)
                {
                    return 0;
                }
            },
            Token)));

        wins.Sum().ShouldBe(1);
    }

    [Fact]
    public async Task Killed_writer_loses_nothing_that_was_acknowledged()
    {
        const int BeforeTheKill = 200;
        var acknowledged = new List<Guid>();
        using (var writer = WriterProcess.Start(Place.Address, "killed", int.MaxValue))
        {
            while (await writer.StandardOutput.ReadLineAsync(Token) is { } line)
            {
                // The last line may have been cut off in the middle.
                if (Guid.TryParse(line, out var id))
                {
                    acknowledged.Add(id);
                }

                if (acknowledged.Count == BeforeTheKill)
                {
                    writer.Kill();
                }
            }

            await writer.WaitForExitAsync(Token);
        }

        var store = await OpenAsync();
        var log = await LogOf(store);
        acknowledged.Count.ShouldBeGreaterThanOrEqualTo(BeforeTheKill);
        log.Take(acknowledged.Count).Select(e => e.Id).ShouldBe(acknowledged);
        log.Count.ShouldBeInRange(acknowledged.Count, acknowledged.Count + 1);
        ShouldBeSound(log);
        (await store.AppendAsync(Some.Append("run-killed", Some.Events(1)), Token)).LastPosition.ShouldBe(log.Count + 1);
    }

    private static async Task<List<Guid>> ReadWhile(IEventStore store, CancellationToken written)
    {
        var seen = new List<Guid>();
        while (!written.IsCancellationRequested)
        {
            var page = await store.ReadLogAsync(seen.Count, 100, new LogFilter(), Token);
            page.Select(e => e.Position).ShouldBe(Enumerable.Range(seen.Count + 1, page.Count).Select(i => (long)i));
            seen.AddRange(page.Select(e => e.Id));
        }

        return seen;
    }
}
