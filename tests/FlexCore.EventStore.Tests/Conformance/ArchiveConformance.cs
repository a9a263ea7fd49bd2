using System.Text;

namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>What leaves a store for files is still read, verified and continued, as if it had stayed.</summary>
public abstract class ArchiveConformance<TPlace> : StoreTests<TPlace>
    where TPlace : IStorePlace, new()
{
    private const int Count = 300;
    private const int Archived = 200;

    private static readonly LogFilter All = new();

    /// <summary>The name of a stream. They are in the order of their numbers.</summary>
    protected virtual string Run(int number) => $"run-{number}";

    /// <summary>Run-0 and run-1 go on behind what leaves, run-2 ends before, run-3 is closed before, and run-4 begins behind.</summary>
    private async Task<(IEventStore Store, IReadOnlyList<RecordedEvent> Log)> MakeLogAsync()
    {
        var store = await OpenAsync();
        for (var i = 0; i < Count - 2; i++)
        {
            await store.AppendAsync(Some.Append(i switch { < 50 => Run(2), < 100 => $"state-{i % 2}", < Archived => Run(i % 2), _ => Run(i % 2 * 4) }, Some.Event(i % 10 == 0 ? "Tenth" : "Other", $"{{\"n\":{i}}}")), Token);
            if (i == 60) await store.AppendAsync([Some.Append(Run(3), Some.Event()), StreamAppend.Tombstone(Run(3), ExpectedVersion.Any)], Token);
        }

        return (store, await LogOf(store));
    }

    [Fact]
    public async Task Events_that_have_left_are_read_as_before()
    {
        var (store, log) = await MakeLogAsync();
        var before = await AnswersAsync(store);

        // In two parts, so that streams go over both.
        (await store.ArchiveAsync(120, Token)).ShouldHaveSingleItem().ShouldSatisfyAllConditions(part => part.FirstPosition.ShouldBe(1), part => part.LastPosition.ShouldBe(120), part => part.FirstHash.ShouldBe(log[0].Hash));
        (await store.ArchiveAsync(Archived, Token)).ShouldHaveSingleItem().FirstPosition.ShouldBe(121);

        (await AnswersAsync(store)).ShouldBe(before);
        (await AnswersAsync(await OpenAsync())).ShouldBe(before);
        (await RowsAsync(store)).ShouldBe(Count - Archived);
    }

    [Fact]
    public async Task Streams_go_on_where_they_ended_though_all_of_them_has_left()
    {
        var (store, log) = await MakeLogAsync();
        var other = await OpenAsync();
        await other.AppendAsync(Some.Append(Run(0), Some.Event()), Token);
        await store.ArchiveAsync(Archived, Token);

        (await Should.ThrowAsync<StreamVersionConflictException>(async () => await store.AppendAsync(new StreamAppend(Run(2), ExpectedVersion.NoStream, Some.Events(1)), Token))).Message.ShouldContain("50");
        await Should.ThrowAsync<StreamTombstonedException>(async () => await store.AppendAsync(Some.Append(Run(3), Some.Event()), Token));
        await Should.ThrowAsync<StreamVersionConflictException>(async () => await store.AppendAsync(
            [new StreamAppend(Run(2), ExpectedVersion.Exact(49), []), Some.Append(Run(8), Some.Event())], Token));
        for (var i = 0; i < 3; i++) await store.AppendAsync(Some.Append(Run(9), Some.Event()), Token);
        await Should.ThrowAsync<StreamVersionConflictException>(async () => await store.AppendAsync(new StreamAppend(Run(2), ExpectedVersion.NoStream, Some.Events(1)), Token), "also by a writer who is alone");
        await store.AppendAsync([new StreamAppend(Run(2), ExpectedVersion.Exact(50), Some.Events(2)), new StreamAppend("state-1", ExpectedVersion.Exists, Some.Events(1))], Token);
        await other.AppendAsync([new StreamAppend(Run(2), ExpectedVersion.Exact(52), Some.Events(1)), new StreamAppend("state-0", ExpectedVersion.Exact(25), [])], Token);

        (await store.ReadStreamAsync(Run(2), cancellationToken: Token)).Select(item => item.Version).ShouldBe(Enumerable.Range(1, 53).Select(i => (long)i));
        Sound.ShouldBeSound(await LogOf(store));
        (await LogOf(store)).Take(log.Count).Select(item => item.Hash).ShouldBe(log.Select(item => item.Hash));
        (await store.History.VerifyAsync(cancellationToken: Token)).ShouldSatisfyAllConditions(report => report.IsIntact.ShouldBeTrue(), report => report.Events.ShouldBe(Count + 8));
    }

    [Fact]
    public async Task Writer_who_knows_nothing_of_what_has_left_meanwhile_takes_no_place_of_it()
    {
        var late = await OpenAsync();
        await late.AppendAsync(Some.Append(Run(1), Some.Event()), Token);
        await late.AppendAsync(Some.Append(Run(1), Some.Event()), Token);
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append(Run(1), Some.Events(10)), Token);
        await store.AppendAsync(Some.Append(Run(2), Some.Events(2)), Token);
        await store.ArchiveAsync(12, Token);

        (await late.AppendAsync(Some.Append(Run(1), Some.Event()), Token)).LastPosition.ShouldBe(15);

        Sound.ShouldBeSound(await LogOf(store));
    }

    [Fact]
    public async Task Append_that_is_repeated_gets_the_answer_of_the_first_time_though_its_events_have_left()
    {
        var store = await OpenAsync();
        var append = Some.Append(Run(1), Some.Events(3));
        var first = await store.AppendAsync(append, Token);
        await store.AppendAsync(Some.Append(Run(2), Some.Events(5)), Token);
        await store.ArchiveAsync(5, Token);

        foreach (var each in (IEventStore[])[store, await OpenAsync()])
        {
            var repeated = await each.AppendAsync(append, Token);
            repeated.LastPosition.ShouldBe(first.LastPosition);
            repeated.StreamVersions.ShouldBe(first.StreamVersions);
            await Should.ThrowAsync<DuplicateEventException>(async () => await each.AppendAsync(Some.Append(Run(9), append.Events[0]), Token));
            await Should.ThrowAsync<DuplicateEventException>(async () => await each.AppendAsync(Some.Append(Run(9), Some.Event(), append.Events[2]), Token));
        }

        (await store.GetLastPositionAsync(Token)).ShouldBe(8);
    }

    [Fact]
    public async Task History_is_verified_and_proven_across_the_archive()
    {
        var (store, log) = await MakeLogAsync();
        using var key = SigningKey.Create("any");
        await using var checkpoints = store.SignCheckpoints(new CheckpointOptions(key.ToPem(), (_, _) => ValueTask.CompletedTask));
        var note = (await checkpoints.WriteAsync(Token)).ShouldNotBeNull();
        var (origin, root) = (await store.History.GetOriginAsync(Token), await store.History.SealAsync(Token));
        var file = await ExportAsync(store);

        await store.ArchiveAsync(Archived, Token);
        var again = await OpenAsync();

        (await again.History.GetOriginAsync(Token)).ShouldBe(origin);
        (await again.History.SealAsync(Token)).ShouldBe(root);
        (await ExportAsync(again)).ShouldBe(file);
        using var named = SigningKey.FromPem(origin!, key.ToPem());
        foreach (var position in (long[])[1, 62, Archived, Archived + 1, Count]) (await again.History.ProveAsync(position, note, Token))!.FindFault([named.Verification]).ShouldBeNull();
        var report = await again.History.VerifyAsync(new VerificationOptions { TrustedKeys = [named.Verification], Against = [note] }, progress: null, Token);
        report.ShouldSatisfyAllConditions(
            () => report.IsIntact.ShouldBeTrue(), () => report.Events.ShouldBe(log.Count), () => report.Root.ShouldBe(root.Root), () => report.Streams.ShouldBe(log.DistinctBy(item => item.StreamId).Count()));
    }

    [Fact]
    public async Task Whoever_edits_the_archive_or_what_is_remembered_of_it_is_found()
    {
        foreach (var (sqlInFile, sqlInStore, expected) in new (string?, string?, (ViolationKind, long)[])[]
        {
            ("UPDATE events SET event_data = CAST('{\"n\":1000}' AS BLOB) WHERE position = 42", null, [(ViolationKind.Changed, 42)]),
            ("UPDATE events SET event_type = 'Nothing' WHERE position = 42", null, [(ViolationKind.Changed, 42)]),
            ("DELETE FROM events WHERE position = 42", null, [(ViolationKind.Removed, 42)]),
            ("DELETE FROM events WHERE position > 100", null, [(ViolationKind.Removed, 101)]),
            (null, "DELETE FROM archives", [(ViolationKind.Removed, 1), (ViolationKind.TreeChanged, 1)]),
            ("UPDATE tree_tiles SET hashes = zeroblob(length(hashes)) WHERE number = 1", null, [(ViolationKind.TreeChanged, 65)]),
        })
        {
            var place = new TPlace();
            await using var closing = place;
            await using var store = await place.OpenAsync(TimeProvider.System);
            for (var i = 0; i < Count; i++) await store.AppendAsync(Some.Append(Run(i % 3), Some.Event(data: $"{{\"n\":{i}}}")), Token);
            var segment = (await store.ArchiveAsync(Archived, Token)).ShouldHaveSingleItem();
            if (sqlInFile is not null) await SqlitePlace.RunSqlAsync(Path.Combine(place.ArchiveFolder, segment.File), sqlInFile);
            if (sqlInStore is not null) await place.RunSqlAsync(sqlInStore);

            var report = await store.History.VerifyAsync(cancellationToken: Token);

            report.Violations.Select(v => (v.Kind, v.Position)).ShouldBe(expected, $"{sqlInFile}{sqlInStore}: {string.Join('\n', report.Violations.Take(10).Select(v => v.Message))}");
        }
    }

    [Fact]
    public async Task File_that_is_away_is_named_by_whoever_needs_it_and_missed_by_nobody_else()
    {
        var (store, log) = await MakeLogAsync();
        using var key = SigningKey.Create("any");
        await using var checkpoints = store.SignCheckpoints(new CheckpointOptions(key.ToPem(), (_, _) => ValueTask.CompletedTask));
        var note = (await checkpoints.WriteAsync(Token)).ShouldNotBeNull();
        var segment = (await store.ArchiveAsync(Archived, Token)).ShouldHaveSingleItem();
        var path = Path.Combine(Place.ArchiveFolder, segment.File);
        File.Move(path, path + ".away");

        foreach (var read in (Func<Task>[])
        [
            async () => await store.ReadLogAsync(0, 1, All, Token),
            async () => await store.ReadStreamAsync(Run(0), cancellationToken: Token),
            async () => await store.ReadStreamBackwardsAsync(Run(2), cancellationToken: Token),
            async () => await store.History.VerifyAsync(cancellationToken: Token),
        ])
        {
            var missing = await Should.ThrowAsync<EventStoreUnavailableException>(read);
            (missing.Code, missing.Message.Contains(path, StringComparison.Ordinal)).ShouldBe((EventStoreUnavailableException.Archived, true));
        }

        (await store.ReadLogAsync(Archived, 10, All, Token)).Count.ShouldBe(10);
        (await store.ReadStreamBackwardsAsync(Run(0), maxCount: 5, cancellationToken: Token)).Count.ShouldBe(5);
        (await store.ReadStreamAsync(Run(4), cancellationToken: Token)).ShouldNotBeEmpty();
        (await store.ReadStreamAsync("job-99", cancellationToken: Token)).ShouldBeEmpty();
        await store.AppendAsync([Some.Append("state-0", Some.Event()), Some.Append("job-77", Some.Event())], Token);
        await checkpoints.WriteAsync(Token);
        var since = await store.History.VerifyAsync(new VerificationOptions { AfterVerified = note }, progress: null, Token);
        (since.IsIntact, since.Events, since.AfterPosition).ShouldBe((true, 2, Count));

        File.Move(path + ".away", path);
        (await LogOf(store)).Take(log.Count).Select(item => item.Hash).ShouldBe(log.Select(item => item.Hash));
    }

    [Fact]
    public async Task Everything_may_be_asked_to_leave_and_the_last_event_stays()
    {
        var store = await OpenAsync();
        (await store.ArchiveAsync(long.MaxValue, Token)).ShouldBeEmpty();
        await store.AppendAsync(Some.Append(Run(1), Some.Events(10)), Token);

        (await store.ArchiveAsync(long.MaxValue, Token)).ShouldHaveSingleItem().LastPosition.ShouldBe(9);
        (await store.ArchiveAsync(long.MaxValue, Token)).ShouldBeEmpty();

        (await store.AppendAsync(Some.Append(Run(1), Some.Event()), Token)).LastPosition.ShouldBe(11);
        Sound.ShouldBeSound(await LogOf(store));
    }

    [Fact]
    public async Task Several_may_archive_and_append_and_read_at_once()
    {
        var (one, other) = (await OpenAsync(), await OpenAsync());
        await one.AppendAsync(Some.Append(Run(0), Some.Events(1)), Token);
        using var done = new CancellationTokenSource();
        var appending = Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++) await (writer % 2 == 0 ? one : other).AppendAsync(Some.Append(Run(writer), Some.Events(3)), Token);
        }, Token)));
        var archiving = Task.WhenAll(new[] { one, other }.Select(store => Task.Run(async () =>
        {
            do await store.ArchiveAsync(await store.GetLastPositionAsync(Token) - 5, Token);
            while (!done.IsCancellationRequested);
        }, Token)));
        var reading = Task.Run(async () =>
        {
            var next = 1L;
            while (!done.IsCancellationRequested || next <= await one.GetLastPositionAsync(Token))
            {
                foreach (var item in await one.ReadLogAsync(next - 1, 50, All, Token)) item.Position.ShouldBe(next++);
                if (next > 1) (await other.ReadStreamAsync(Run(0), maxCount: 1, cancellationToken: Token)).ShouldHaveSingleItem().Version.ShouldBe(1);
            }

            return next - 1;
        }, Token);

        await appending;
        await done.CancelAsync();
        await archiving;

        (await reading).ShouldBe(1201);
        Sound.ShouldBeSound(await LogOf(one));
        (await one.History.VerifyAsync(cancellationToken: Token)).IsIntact.ShouldBeTrue();
        (await RowsAsync(one)).ShouldBeLessThan(1201);
    }

    /// <summary>What a reader can see, as text.</summary>
    private async Task<string> AnswersAsync(IEventStore store)
    {
        var answers = new StringBuilder();
        void Say(string question, IEnumerable<RecordedEvent> events) => answers.AppendLine($"{question}: {string.Join(' ', events.Select(e => $"{e.Position}/{e.StreamId}/{e.Version}/{e.Type}/{e.RecordedAt:O}/{e.Hash}/{Encoding.UTF8.GetString(e.Data.Span)}"))}");
        foreach (var filter in (LogFilter[])[All, new("run"), new("state"), new(Type: "Tenth"), new("run", "Tenth"), new("none")])
        {
            foreach (var (after, count) in ((long, int)[])[(0, int.MaxValue), (0, 7), (115, 10), (195, 10), (250, 10), (0, 0), (1000, 5)])
                Say($"log {filter} after {after}, {count}", await store.ReadLogAsync(after, count, filter, Token));
        }

        foreach (var stream in (string[])[Run(0), Run(1), Run(2), Run(3), Run(4), "state-0", "state-1", "none-1"])
        {
            foreach (var (version, count) in ((long, int)[])[(1, int.MaxValue), (0, 3), (10, 20), (20, 200), (60, 40), (1000, 5)])
            {
                Say($"{stream} from {version}, {count}", await store.ReadStreamAsync(stream, version, count, Token));
                Say($"{stream} back from {version}, {count}", await store.ReadStreamBackwardsAsync(stream, version, count, Token));
            }
        }

        foreach (var stream in await store.ReadStreamsAsync(["state-1", Run(2), "none-1"], Token)) Say("one of three", stream);

        foreach (var category in (string[])["run", "state", "none"])
        {
            foreach (var (before, count) in ((string?, int)[])[(null, 100), (Run(3), 2), (null, 1)])
                answers.AppendLine($"{category} before {before}, {count}: {string.Join(' ', await store.ListStreamsAsync(category, before, count, Token))}");
        }

        return answers.ToString();
    }

    private static async Task<byte[]> ExportAsync(IEventStore store)
    {
        using var file = new MemoryStream();
        await LogFile.WriteAsync(store, file, Token);
        return file.ToArray();
    }

    /// <summary>How many events the table has.</summary>
    private static async Task<int> RowsAsync(IEventStore store) => (await store.History.Tables.ReadHashesAsync(0, int.MaxValue, Token)).Count;
}
