namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class EventStoreConformance<TPlace>
{
    [Fact]
    public async Task Clock_that_goes_backwards_changes_times_and_not_the_order()
    {
        var clock = new SteppingClock();
        var store = await OpenAsync(clock);
        for (var i = 0; i < 5; i++)
        {
            await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);
            clock.Now -= TimeSpan.FromHours(1);
        }

        var log = await LogOf(store);

        ShouldBeSound(log);
        log.Select(e => e.RecordedAt).ShouldBe(log.Select(e => e.RecordedAt).OrderDescending());
    }

    [Fact]
    public async Task Conflict_fails_only_its_own_append_when_many_share_a_commit()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-taken", Some.Events(1)), Token);
        var repeated = Some.Append("run-repeated", Some.Events(2));
        await store.AppendAsync(repeated, Token);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            StreamAppend append = (i % 4) switch
            {
                0 => new($"run-{i}", ExpectedVersion.NoStream, Some.Events(2)),
                1 => new("run-taken", ExpectedVersion.NoStream, Some.Events(1)),
                2 => repeated,
                _ => new("run-shared", ExpectedVersion.Any, Some.Events(1)),
            };
            try
            {
                return (await store.AppendAsync(append, Token)).LastPosition;
            }
            catch (StreamVersionConflictException e)
            {
                e.StreamId.ShouldBe("run-taken");
                return -1;
            }
        }, Token)));

        outcomes.Count(position => position == -1).ShouldBe(50);
        outcomes.Count(position => position == 3).ShouldBe(50);
        outcomes.Where(position => position > 3).Distinct().Count().ShouldBe(100);
        var log = await LogOf(store);
        log.Count.ShouldBe(3 + 100 + 50);
        ShouldBeSound(log);
    }

    private sealed class SteppingClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
