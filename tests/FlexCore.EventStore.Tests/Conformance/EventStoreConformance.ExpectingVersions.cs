namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class EventStoreConformance<TPlace>
{
    [Theory]
    [InlineData("any", 0, true)]
    [InlineData("any", 2, true)]
    [InlineData("none", 0, true)]
    [InlineData("none", 2, false)]
    [InlineData("exists", 0, false)]
    [InlineData("exists", 2, true)]
    [InlineData("0", 0, true)]
    [InlineData("0", 2, false)]
    [InlineData("2", 0, false)]
    [InlineData("2", 2, true)]
    [InlineData("1", 2, false)]
    [InlineData("3", 2, false)]
    public async Task Append_is_taken_only_at_the_expected_version(string mode, int actual, bool taken)
    {
        var store = await OpenAsync();
        if (actual > 0)
        {
            await store.AppendAsync(Some.Append("run-1", Some.Events(actual)), Token);
        }

        var append = new StreamAppend("run-1", Parse(mode), Some.Events(1));
        if (taken)
        {
            (await store.AppendAsync(append, Token)).StreamVersions.ShouldBe([actual + 1]);
            return;
        }

        var conflict = await Should.ThrowAsync<StreamVersionConflictException>(async () => await store.AppendAsync(append, Token));
        conflict.Code.ShouldBe("FX3001");
        (conflict.StreamId, conflict.Expected, conflict.Actual).ShouldBe(("run-1", Parse(mode), actual));
        (await LogOf(store)).Count.ShouldBe(actual);
    }

    [Theory]
    [InlineData("any")]
    [InlineData("none")]
    [InlineData("0")]
    public async Task Retry_of_an_append_gets_the_first_answer(string mode)
    {
        var store = await OpenAsync();
        StreamAppend[] appends = [new("run-1", Parse(mode), Some.Events(2)), new("state-1", Parse(mode), Some.Events(1))];
        var first = await store.AppendAsync(appends, Token);
        await store.AppendAsync(Some.Append("run-1", Some.Events(5)), Token);

        var second = await store.AppendAsync(appends, Token);

        second.LastPosition.ShouldBe(first.LastPosition);
        second.StreamVersions.ShouldBe(first.StreamVersions);
        (await LogOf(store)).Count.ShouldBe(8);
    }

    [Theory]
    [InlineData("exists")]
    [InlineData("2")]
    public async Task Retry_of_an_append_to_an_existing_stream_gets_the_first_answer(string mode)
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(2)), Token);
        var append = new StreamAppend("run-1", Parse(mode), Some.Events(2));
        await store.AppendAsync(append, Token);

        var second = await store.AppendAsync(append, Token);

        (second.LastPosition, second.StreamVersions[0]).ShouldBe((4, 4));
        (await LogOf(store)).Count.ShouldBe(4);
    }

    [Fact]
    public async Task Id_that_is_taken_by_other_content_is_refused()
    {
        var store = await OpenAsync();
        var item = Some.Event();
        await store.AppendAsync(Some.Append("run-1", item), Token);
        StreamAppend[] others =
        [
            Some.Append("run-2", item),
            Some.Append("run-1", item with { Type = "StepFailed" }),
            Some.Append("run-1", item with { Data = "{ }"u8.ToArray() }),
            Some.Append("run-1", item with { Metadata = default }),
            Some.Append("run-1", Some.Event(), item),
            Some.Append("run-1", item, Some.Event()),
        ];

        foreach (var other in others)
        {
            var duplicate = await Should.ThrowAsync<DuplicateEventException>(async () => await store.AppendAsync(other, Token));
            (duplicate.Code, duplicate.EventId).ShouldBe(("FX3002", item.Id));
        }

        (await LogOf(store)).Count.ShouldBe(1);
    }

    [Fact]
    public void Expected_version_says_what_it_means()
    {
        ExpectedVersion.Exact(0).ShouldBe(ExpectedVersion.NoStream);
        ExpectedVersion.Exact(3).ToString().ShouldBe("version 3");
        Should.Throw<ArgumentOutOfRangeException>(() => ExpectedVersion.Exact(-1));
        new StreamVersionConflictException("run-1", ExpectedVersion.Exact(3), 5).Message
            .ShouldBe("The stream 'run-1' was expected to be at version 3 but is at version 5. Nothing was appended.");
    }

    private static ExpectedVersion Parse(string mode) => mode switch
    {
        "any" => ExpectedVersion.Any,
        "none" => ExpectedVersion.NoStream,
        "exists" => ExpectedVersion.Exists,
        _ => ExpectedVersion.Exact(long.Parse(mode)),
    };
}
