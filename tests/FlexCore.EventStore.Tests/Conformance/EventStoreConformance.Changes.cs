using System.Data.Common;

namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class EventStoreConformance<TPlace>
{
    [Fact]
    public async Task Change_is_made_with_the_events_in_the_order_of_the_changes()
    {
        var store = await OpenWithJobsAsync();

        await store.AppendAsync([Some.Append("run-1", Some.Events(2))], [Put("a", 1), Take("a"), Put("b", 2)], Token);

        (await JobsAsync(store)).ShouldBe(["b=2"]);
        (await LogOf(store)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Change_that_does_not_find_its_row_refuses_its_append_whole()
    {
        var store = await OpenWithJobsAsync();
        var guard = Take("missing");

        var refusal = await Should.ThrowAsync<TableChangeRefusedException>(async () =>
            await store.AppendAsync([Some.Append("run-1", Some.Events(1))], [Put("a", 1), guard, Put("b", 1)], Token));

        (refusal.Code, refusal.Change).ShouldBe(("FX3010", guard));
        (await JobsAsync(store)).ShouldBeEmpty();
        (await LogOf(store)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Change_that_breaks_a_rule_of_its_table_refuses_its_append_whole()
    {
        var store = await OpenWithJobsAsync();
        await store.AppendAsync([Some.Append("run-1", Some.Events(1))], [Put("a", 1)], Token);

        await Should.ThrowAsync<TableChangeRefusedException>(async () => await store.AppendAsync([Some.Append("run-2", Some.Events(1))], [Put("a", 2)], Token));

        (await JobsAsync(store)).ShouldBe(["a=1"]);
        (await LogOf(store)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Change_that_need_not_find_a_row_refuses_nothing()
    {
        var store = await OpenWithJobsAsync();

        await store.AppendAsync([Some.Append("run-1", Some.Events(1))], [Take("missing") with { MustMatch = false }], Token);

        (await LogOf(store)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Append_that_is_repeated_does_not_make_its_changes_again()
    {
        var store = await OpenWithJobsAsync();
        await store.AppendAsync([Some.Append("run-1", Some.Events(1))], [Put("a", 1)], Token);
        var append = Some.Append("run-2", Some.Events(1));
        var first = await store.AppendAsync([append], [Take("a")], Token);

        var again = await store.AppendAsync([append], [Take("a"), Put("b", 1)], Token);

        (again.LastPosition, again.StreamVersions[0]).ShouldBe((first.LastPosition, first.StreamVersions[0]));
        (await JobsAsync(store)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Append_at_another_version_changes_nothing()
    {
        var store = await OpenWithJobsAsync();

        await Should.ThrowAsync<StreamVersionConflictException>(async () =>
            await store.AppendAsync([new StreamAppend("run-1", ExpectedVersion.Exact(3), Some.Events(1))], [Put("a", 1)], Token));

        (await JobsAsync(store)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Refused_changes_leave_the_other_appends_of_the_same_commit_alone()
    {
        var store = await OpenWithJobsAsync();
        await store.AppendAsync([Some.Append("run-seed", Some.Events(1))], [.. Enumerable.Range(0, 30).Select(i => Put($"there-{i}", i))], Token);

        // All at once: what comes while the first is written shares the next commit.
        var appends = Enumerable.Range(0, 90).Select(i => (i % 3) switch
        {
            0 => store.AppendAsync([new StreamAppend($"run-{i}", ExpectedVersion.NoStream, Some.Events(1))], [Take($"there-{i / 3}")], Token).AsTask(),
            1 => store.AppendAsync([new StreamAppend($"run-{i}", ExpectedVersion.NoStream, Some.Events(1))], [Put($"new-{i}", i), Take($"missing-{i}")], Token).AsTask(),
            _ => store.AppendAsync([new StreamAppend($"run-{i}", ExpectedVersion.NoStream, Some.Events(1))], Token).AsTask(),
        }).ToList();
        await Task.WhenAll(appends).ContinueWith(_ => { }, TaskScheduler.Default);

        appends.Select((append, i) => (i, append)).ShouldAllBe(one => one.append.IsFaulted == (one.i % 3 == 1));
        appends.Where(append => append.IsFaulted).ShouldAllBe(append => append.Exception!.InnerException is TableChangeRefusedException);
        (await JobsAsync(store)).ShouldBeEmpty();
        var log = await LogOf(store);
        log.Count.ShouldBe(61);
        ShouldBeSound(log);
    }

    [Fact]
    public async Task Nobody_sees_events_without_their_changes_or_changes_without_their_events()
    {
        var store = await OpenWithJobsAsync();
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(w => Task.Run(
            async () =>
            {
                await using var own = await Place.OpenAsync(TimeProvider.System);
                for (var i = 0; i < 60; i++)
                {
                    var job = $"{w}-{i}";
                    TableChange[] changes = i % 5 == 4 ? [Put(job, i), Take("missing")] : [Put(job, i)];
                    await own.AppendAsync([Some.Append($"run-{w}", Some.Events(1))], changes, Token).AsTask().ContinueWith(_ => { }, TaskScheduler.Default);
                }
            },
            Token)));
        var looks = 0;
        while (!writing.IsCompleted)
        {
            (await ReadAsync(store, "SELECT (SELECT count(*) FROM events) - (SELECT count(*) FROM jobs)")).ShouldBe(["0"]);
            looks++;
        }

        await writing;
        looks.ShouldBeGreaterThan(1);
        (await JobsAsync(store)).Count.ShouldBe(Writers * 48);
        (await LogOf(store)).Count.ShouldBe(Writers * 48);
    }

    [Fact]
    public async Task Parameters_of_a_change_are_kept_as_they_are()
    {
        var store = await OpenWithJobsAsync();
        await Place.RunSqlAsync("CREATE TABLE kinds (a text, b bigint, c int, d text)");
        var sql = $"INSERT INTO kinds VALUES ({Place.Parameter(1)}, {Place.Parameter(2)}, {Place.Parameter(3)}, {Place.Parameter(4)})";

        await store.AppendAsync([Some.Append("run-1", Some.Events(1))], [new(sql, ["ä'\"", long.MaxValue, -1, null])], Token);

        (await ReadAsync(store, "SELECT a || '|' || b || '|' || c || '|' || coalesce(d, 'nothing') FROM kinds")).ShouldBe([$"ä'\"|{long.MaxValue}|-1|nothing"]);
    }

    private async Task<IEventStore> OpenWithJobsAsync()
    {
        var store = await OpenAsync();
        await Place.RunSqlAsync("CREATE TABLE jobs (id text PRIMARY KEY, n bigint NOT NULL)");
        return store;
    }

    private TableChange Put(string job, long n) => new($"INSERT INTO jobs VALUES ({Place.Parameter(1)}, {Place.Parameter(2)})", [job, n]);

    private TableChange Take(string job) => new($"DELETE FROM jobs WHERE id = {Place.Parameter(1)} RETURNING id", [job], MustMatch: true);

    private static Task<List<string>> JobsAsync(IEventStore store) => ReadAsync(store, "SELECT id || '=' || n FROM jobs ORDER BY id");

    private static async Task<List<string>> ReadAsync(IEventStore store, string sql) => await store.UseTablesAsync(
        async (connection, token) =>
        {
            await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of the tests.
            command.CommandText = sql;
#pragma warning restore CA2100
            await using DbDataReader reader = await command.ExecuteReaderAsync(token);
            var rows = new List<string>();
            while (await reader.ReadAsync(token)) rows.Add(reader.GetValue(0).ToString()!);
            return rows;
        },
        Token);
}
