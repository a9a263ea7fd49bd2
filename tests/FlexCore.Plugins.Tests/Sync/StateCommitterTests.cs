using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Secrets;
using FlexCore.Plugins.Sync;

namespace FlexCore.Plugins.Tests.Sync;

public sealed class StateCommitterTests
{
    private static readonly CommittedState Nothing = CommittedState.None;

    [Fact]
    public async Task While_one_is_being_written_only_the_newest_of_those_that_follow_is_kept()
    {
        var log = new SlowLog();
        var committer = new StateCommitter(log, TestFlow.Request, SecretMask.Of(["s3cret"]), Nothing);
        committer.Confirm(Value(1), null);
        await log.Entered.Task;
        for (var last = 2; last <= 1000; last++) committer.Confirm(Value(last), [new TargetState("a", last, Value(last)), new TargetState("b", 1, Value(1))]);

        log.Go.SetResult();
        await committer.FinishAsync();

        log.Appended.Select(state => state.Value.GetProperty("last").GetInt32()).ShouldBe([1, 1000]);
        log.Appended[^1].Targets!.Select(target => target.Number).ShouldBe([1000, 1]);
    }

    [Fact]
    public async Task Run_that_finds_nothing_new_commits_nothing()
    {
        TargetState[] targets = [new("a", 7, Value(7)), new("b", 3, Value(3))];
        var log = new SlowLog();
        log.Go.SetResult();
        var committer = new StateCommitter(log, TestFlow.Request, SecretMask.Of(["s3cret"]), new CommittedState(Value(3), Guid.Empty, 9, targets));

        committer.Confirm(JsonElement.Parse("""{ "last": 3 }"""), [.. targets]);
        await committer.FinishAsync();

        log.Appended.ShouldBeEmpty();
    }

    [Fact]
    public async Task Target_that_moves_is_committed_even_where_the_oldest_state_stays()
    {
        var log = new SlowLog();
        log.Go.SetResult();
        var committer = new StateCommitter(log, TestFlow.Request, SecretMask.Of(["s3cret"]), new CommittedState(Value(3), Guid.Empty, 9, [new("a", 3, Value(3)), new("b", 3, Value(3))]));

        committer.Confirm(Value(3), [new("a", 4, Value(4)), new("b", 3, Value(3))]);
        await committer.FinishAsync();

        log.Appended.ShouldHaveSingleItem().Targets![0].Number.ShouldBe(4);
        log.Expected.ShouldBe([9]);
    }

    [Fact]
    public async Task Failing_store_is_told_at_once_and_named_at_the_end()
    {
        var log = new SlowLog { Failure = new FlexCoreException(new Error(ErrorCodes.DiskFull, "full")) };
        log.Go.SetResult();
        var committer = new StateCommitter(log, TestFlow.Request, SecretMask.Of(["s3cret"]), Nothing);
        var told = new TaskCompletionSource();
        committer.OnFailure(told.SetResult);

        committer.Confirm(Value(1), null);

        await told.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        committer.Confirm(Value(2), null);
        (await Should.ThrowAsync<FlexCoreException>(committer.FinishAsync())).Error.Code.ShouldBe(ErrorCodes.DiskFull);
        log.Appended.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"next":"https://host/?key=s3cret"}""", null)]
    [InlineData("""{"next":"\u0073\u0033cret"}""", null)]
    [InlineData("""{"s3cret":1}""", null)]
    [InlineData("""{"last":1}""", """["s3cret"]""")]
    public async Task State_with_a_secret_in_it_is_told_at_once_and_neither_it_nor_what_follows_is_committed(string value, string? ofTarget)
    {
        var log = new SlowLog();
        log.Go.SetResult();
        var committer = new StateCommitter(log, TestFlow.Request, SecretMask.Of(["s3cret"]), Nothing);
        var told = new TaskCompletionSource();
        committer.OnFailure(told.SetResult);

        committer.Confirm(JsonElement.Parse(value), ofTarget is null ? null : [new TargetState("a", 1, JsonElement.Parse(ofTarget))]);

        await told.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        committer.Confirm(Value(2), null);
        await committer.FinishAsync();
        committer.Refusal.ShouldNotBeNull().Code.ShouldBe(ErrorCodes.SecretInState);
        log.Appended.ShouldBeEmpty();
    }

    private static JsonElement Value(int last) => JsonElement.Parse($$"""{"last":{{last}}}""");

    /// <summary>A log whose writes take until they are let go.</summary>
    private sealed class SlowLog : IEventLog
    {
        public TaskCompletionSource Entered { get; } = new();

        public TaskCompletionSource Go { get; } = new();

        public FlexCoreException? Failure { get; init; }

        public List<StateCommitted> Appended { get; } = [];

        public List<long?> Expected { get; } = [];

        public async ValueTask<long> AppendAsync(string stream, long? expectedVersion, IReadOnlyList<IDomainEvent> events, QueueChange? change, EventContext context, CancellationToken cancellationToken)
        {
            Entered.TrySetResult();
            await Go.Task;
            if (Failure is not null) throw Failure;
            Appended.AddRange(events.Cast<StateCommitted>());
            Expected.Add(expectedVersion);
            return expectedVersion!.Value + events.Count;
        }

        public ValueTask<IReadOnlyList<RecordedFact>> ReadAsync(string stream, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<IReadOnlyList<RecordedFact>>> ReadAsync(IReadOnlyList<string> streams, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<(IDomainEvent Event, long Version)?> ReadLastAsync(string stream, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<StoredEvent>> ReadLogAsync(EventQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<long> WaitForEventsAsync(long after, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<string>> ListStreamsAsync(string category, string? before, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
