using System.Net;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Execution;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Tests.Execution;

public sealed class ConnectionRecordTests
{
    private readonly List<(long? Expected, PluginConnected Event)> _log = [];
    private readonly List<string> _warnings = [];

    [Fact]
    public async Task Connections_are_recorded_one_by_one_and_those_that_failed_are_warned_of()
    {
        var record = NewRecord();
        record.Add(Connection("api:443", SandboxConnectionOutcome.Connected, minute: 0));
        var writing = record.WriteAsync(version: 1);
        record.Add(Connection("api:443", SandboxConnectionOutcome.AddressRefused, minute: 1));

        record.Complete().ShouldBeEmpty();

        (await writing).ShouldBe(3);
        _log.Select(entry => entry.Expected).ShouldBe([1L, 2L]);
        _log[0].Event.ShouldBe(new PluginConnected("api:443", ConnectionOutcome.Connected, "10.0.0.1", 10, 20, At(0), 1500, 1));
        _log[1].Event.Outcome.ShouldBe(ConnectionOutcome.AddressRefused);
        _warnings.ShouldBe(["network: api:443 was refused: its name stands for 10.0.0.1 now"]);
    }

    [Fact]
    public async Task Plugin_that_connects_without_end_fills_neither_log()
    {
        var record = NewRecord();
        var writing = record.WriteAsync(version: 1);
        Parallel.For(0, 100_000, number => record.Add(Connection(number % 2 == 0 ? "a:1" : "b:2", number % 4 == 0 ? SandboxConnectionOutcome.OverLimit : SandboxConnectionOutcome.Connected, number % 60)));

        var sums = record.Complete();

        (await writing).ShouldBe(101);
        _log.Count.ShouldBe(100);
        _warnings.Count.ShouldBeLessThanOrEqualTo(100);
        sums.Select(sum => (sum.Destination, sum.Outcome)).ShouldBe(
            [("a:1", ConnectionOutcome.Connected), ("a:1", ConnectionOutcome.OverLimit), ("b:2", ConnectionOutcome.Connected)], ignoreOrder: true);
        sums.Sum(sum => sum.Connections).ShouldBe(99_900);
        sums.Sum(sum => sum.BytesSent).ShouldBe(999_000);
        sums.Sum(sum => sum.BytesReceived).ShouldBe(1_998_000);
        sums.ShouldAllBe(sum => sum.Address == null && sum.DurationMs == sum.Connections * 1500);
    }

    [Theory]
    [InlineData(SandboxConnectionOutcome.Connected)]
    [InlineData(SandboxConnectionOutcome.OverLimit)]
    [InlineData(SandboxConnectionOutcome.NotResolved)]
    [InlineData(SandboxConnectionOutcome.AddressRefused)]
    [InlineData(SandboxConnectionOutcome.Unreachable)]
    [InlineData(SandboxConnectionOutcome.TimedOut)]
    public async Task Every_outcome_has_its_name(SandboxConnectionOutcome outcome)
    {
        var record = NewRecord();
        record.Add(Connection("a:1", outcome, minute: 0));
        record.Complete();

        await record.WriteAsync(version: 1);

        _log.ShouldHaveSingleItem().Event.Outcome.ToString().ShouldBe(outcome.ToString());
        _warnings.Count.ShouldBe(outcome == SandboxConnectionOutcome.Connected ? 0 : 1);
    }

    private ConnectionRecord NewRecord() => new(new Log(_log), "execution-1", EventContext.New(Guid.Empty), warning =>
    {
        lock (_warnings) _warnings.Add(warning);
    });

    private static SandboxConnection Connection(string destination, SandboxConnectionOutcome outcome, int minute) => new(
        SandboxEndpoint.Parse(destination, out _)!, outcome, IPAddress.Parse("10.0.0.1"), BytesSent: 10, BytesReceived: 20, At(minute), TimeSpan.FromSeconds(1.5));

    private static DateTimeOffset At(int minute) => new(2026, 11, 21, 5, minute, 0, TimeSpan.Zero);

    private sealed class Log(List<(long? Expected, PluginConnected Event)> appended) : IEventLog
    {
        public async ValueTask<long> AppendAsync(string stream, long? expectedVersion, IReadOnlyList<IDomainEvent> events, QueueChange? change, EventContext context, CancellationToken cancellationToken)
        {
            await Task.Yield();
            appended.AddRange(events.Select(item => (expectedVersion, (PluginConnected)item)));
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
