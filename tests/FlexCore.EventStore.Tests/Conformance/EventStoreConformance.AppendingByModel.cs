using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class EventStoreConformance<TPlace>
{
    private static readonly string[] StreamIds = ["run-1", "run-2", "state-1"];

    /// <summary>One step: append to a stream, expecting a version; or do the append of an earlier step again.</summary>
    public sealed record Attempt(int Stream, int Expected, int Count, bool Repeat);

    [Fact]
    public void Store_behaves_like_lists_in_memory_for_any_sequence_of_appends()
    {
        var step =
            from stream in Gen.Choose(0, StreamIds.Length - 1)
            from expected in Gen.Choose(-2, 6)
            from count in Gen.Choose(1, 3)
            from repeat in Gen.Choose(0, 4)
            select new Attempt(stream, expected, count, repeat == 0);
        Check.QuickThrowOnFailure(Prop.ForAll(step.ListOf().ToArbitrary(), AgreesWithModel));
    }

    private static async Task<bool> AgreesWithModel(IEnumerable<Attempt> steps)
    {
        await using var place = new TPlace();
        await using var store = await place.OpenAsync(TimeProvider.System);
        var log = new List<(string StreamId, Guid Id)>();
        var done = new List<(StreamAppend Append, AppendResult Result)>();
        foreach (var step in steps)
        {
            if (step.Repeat && done.Count > 0)
            {
                var (append, first) = done[step.Count % done.Count];
                var again = await store.AppendAsync(append, Token);
                (again.LastPosition, again.StreamVersions[0]).ShouldBe((first.LastPosition, first.StreamVersions[0]));
                continue;
            }

            var streamId = StreamIds[step.Stream];
            var version = log.Count(e => string.Equals(e.StreamId, streamId, StringComparison.Ordinal));
            var accepted = step.Expected switch { -2 => true, -1 => version > 0, _ => step.Expected == version };
            var attempt = new StreamAppend(streamId, Expectation(step.Expected), Some.Events(step.Count));
            try
            {
                var result = await store.AppendAsync(attempt, Token);
                accepted.ShouldBeTrue();
                log.AddRange(attempt.Events.Select(e => (streamId, e.Id)));
                (result.LastPosition, result.StreamVersions[0]).ShouldBe((log.Count, version + step.Count));
                done.Add((attempt, result));
            }
            catch (StreamVersionConflictException e)
            {
                accepted.ShouldBeFalse();
                e.Actual.ShouldBe(version);
            }
        }

        var recorded = await LogOf(store);
        ShouldBeSound(recorded);
        recorded.Select(e => (e.StreamId, e.Id)).ShouldBe(log);
        foreach (var streamId in StreamIds)
        {
            var stream = await store.ReadStreamAsync(streamId, cancellationToken: Token);
            stream.Select(e => e.Id).ShouldBe(log.Where(e => string.Equals(e.StreamId, streamId, StringComparison.Ordinal)).Select(e => e.Id));
        }

        return true;
    }

    private static ExpectedVersion Expectation(int expected) => expected switch
    {
        -2 => ExpectedVersion.Any,
        -1 => ExpectedVersion.Exists,
        _ => ExpectedVersion.Exact(expected),
    };
}
