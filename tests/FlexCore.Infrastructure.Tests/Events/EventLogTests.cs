using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Infrastructure.Tests.Events;

public sealed class EventLogTests : IAsyncLifetime
{
    private readonly DataFolder _data = new();
    private readonly EventContext _context = EventContext.New(Guid.CreateVersion7()) with { CausationId = $"{Guid.CreateVersion7()}" };
    private InfrastructureModule _module = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IEventLog Log => _module.Log;

    public async ValueTask InitializeAsync() => _module = await _data.OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await _module.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task Events_of_every_type_come_back_in_order_with_the_time_of_their_storing()
    {
        var before = TimeProvider.System.GetUtcNow();
        (await AppendAsync("run-1", 0, [.. Examples.All])).ShouldBe(Examples.All.Count);

        var read = await Log.ReadAsync("run-1", Token);

        read.Select(fact => Text(fact.Event)).ShouldBe(Examples.All.Select(Text));
        read.ShouldAllBe(fact => fact.At >= before.AddSeconds(-1) && fact.At <= before.AddMinutes(1));
    }

    [Fact]
    public async Task Stream_without_events_is_empty_and_has_no_last_event()
    {
        (await Log.ReadAsync("run-none", Token)).ShouldBeEmpty();
        (await Log.ReadLastAsync("run-none", Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Last_event_comes_with_the_version_of_its_stream()
    {
        await AppendAsync("run-1", 0, new StepStarted("load", 1), new StepSkipped("report", "load"));

        (await Log.ReadLastAsync("run-1", Token)).ShouldBe((new StepSkipped("report", "load"), 2));
    }

    [Fact]
    public async Task Append_at_another_version_is_a_conflict_and_appends_nothing()
    {
        await AppendAsync("run-1", 0, new StepStarted("load", 1));

        var conflict = await Should.ThrowAsync<FlexCoreException>(AppendAsync("run-1", 0, new StepStarted("load", 2)));

        (conflict.Error.Code, conflict.Error.Code.IsTransient).ShouldBe((ErrorCodes.VersionConflict, true));
        (await Log.ReadAsync("run-1", Token)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Append_at_any_version_follows_what_is_there()
    {
        await AppendAsync("run-1", null, new StepStarted("load", 1));

        (await AppendAsync("run-1", null, new StepStarted("load", 2))).ShouldBe(2);
    }

    [Fact]
    public async Task Stored_event_says_what_who_where_and_for_what()
    {
        await AppendAsync("run-1", 0, new StepStarted("load", 1));

        var stored = (await Log.ReadLogAsync(new EventQuery(After: 0, Limit: 10), Token)).ShouldHaveSingleItem();

        (stored.Position, stored.Stream, stored.Version, stored.Type).ShouldBe((1, "run-1", 1, "StepStarted"));
        stored.Data.GetRawText().ShouldBe("""{"step":"load","attempt":1}""");
        stored.Metadata.GetRawText().ShouldBe(
            $$"""{"actor":"{{Environment.UserName}}","correlation_id":"{{_context.CorrelationId}}","causation_id":"{{_context.CausationId}}","node":"{{Environment.MachineName}}","traceparent":"{{_context.TraceParent}}","schema":1}""");
        _context.TraceParent.ShouldMatch("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$");
    }

    [Fact]
    public async Task Log_is_read_by_page_stream_category_and_type()
    {
        await AppendAsync("run-1", 0, new StepStarted("a", 1), new StepSkipped("b", "a"));
        await AppendAsync("run-2", 0, new StepStarted("c", 1));
        await AppendAsync("state-1", 0, new StateCommitted(Guid.Empty, JsonElement.Parse("{}")));

        (await PositionsAsync(new EventQuery(0, 2))).ShouldBe([1, 2]);
        (await PositionsAsync(new EventQuery(2, 10))).ShouldBe([3, 4]);
        (await PositionsAsync(new EventQuery(0, 10, Stream: "run-1"))).ShouldBe([1, 2]);
        (await PositionsAsync(new EventQuery(1, 1, Stream: "run-1"))).ShouldBe([2]);
        (await PositionsAsync(new EventQuery(0, 10, Stream: "run-1", Type: "StepSkipped"))).ShouldBe([2]);
        (await PositionsAsync(new EventQuery(0, 10, Category: "run"))).ShouldBe([1, 2, 3]);
        (await PositionsAsync(new EventQuery(0, 10, Type: "StepStarted"))).ShouldBe([1, 3]);
        (await PositionsAsync(new EventQuery(4, 10))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Streams_of_a_category_are_listed_newest_first()
    {
        foreach (var stream in new[] { "run-1", "run-2", "run-3", "state-1" }) await AppendAsync(stream, 0, new StepStarted("a", 1));

        (await Log.ListStreamsAsync("run", before: null, 2, Token)).ShouldBe(["run-3", "run-2"]);
        (await Log.ListStreamsAsync("run", before: "run-2", 2, Token)).ShouldBe(["run-1"]);
    }

    [Fact]
    public async Task Events_are_there_after_the_data_directory_was_closed()
    {
        await AppendAsync("run-1", 0, new StepStarted("a", 1));
        await _module.DisposeAsync();

        _module = await _data.OpenAsync();

        (await Log.ReadAsync("run-1", Token)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Data_directory_is_made_for_its_owner_alone()
    {
        var path = Path.Combine(_data.Path, "new", ".flexcore");
        await using var module = await InfrastructureModule.OpenAsync(path, ProjectSettings.Usual, TimeProvider.System, Token);

        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Theory]
    [InlineData("/dev/null/data")]
    [InlineData("/proc/flexcore")]
    public async Task Data_directory_that_cannot_be_made_is_an_unavailable_store(string path) =>
        (await Should.ThrowAsync<FlexCoreException>(InfrastructureModule.OpenAsync(path, ProjectSettings.Usual, TimeProvider.System, Token))).Error.Code.ShouldBe(ErrorCodes.StoreUnavailable);

    [Fact]
    public async Task File_that_is_no_store_is_refused()
    {
        var path = Path.Combine(_data.Path, "other");
        Directory.CreateDirectory(path);
        await File.WriteAllTextAsync(Path.Combine(path, "flexcore.db"), new string('x', 4096), Token);

        (await Should.ThrowAsync<FlexCoreException>(InfrastructureModule.OpenAsync(path, ProjectSettings.Usual, TimeProvider.System, Token))).Error.Code.ShouldBe(ErrorCodes.StoreUnusable);
    }

    private Task<long> AppendAsync(string stream, long? version, params IDomainEvent[] events) => Log.AppendAsync(stream, version, events, _context, Token).AsTask();

    private async Task<IEnumerable<long>> PositionsAsync(EventQuery query) => (await Log.ReadLogAsync(query, Token)).Select(stored => stored.Position);

    private static string Text(IDomainEvent @event) => JsonSerializer.Serialize<object>(@event);
}
