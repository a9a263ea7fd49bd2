using FlexCore.Application.Bus;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Runs;
using FlexCore.Application.Scheduling;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Tests.Scheduling;

public sealed class DueRunsTests : IAsyncLifetime
{
    private static readonly Caller Zoe = new("zoe", Role.Admin);

    private readonly Clock _clock = new();
    private World _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await World.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Due_time_has_one_run_however_often_and_by_however_many_it_is_asked_for()
    {
        await ActivateAsync(new Schedule("0 * * * *"));
        var due = _clock.GoToNextHour();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => StartAsync()));

        var run = (await QueuedAsync()).ShouldHaveSingleItem();
        run.ShouldBe(DueRuns.RunOf("orders", due));
        (await StateAsync(run)).Trigger.ShouldBe(new RunTrigger(TriggerKind.Schedule, DueAt: due));
    }

    [Fact]
    public async Task Next_look_is_at_the_next_due_time_of_all_schedules()
    {
        await ActivateAsync(new Schedule("0 * * * *"), new Schedule("20 * * * *"));
        var hour = _clock.GoToNextHour();

        (await StartAsync()).ShouldBe(hour.AddMinutes(20));
    }

    [Fact]
    public async Task What_was_due_before_the_pipeline_became_active_is_nobodys_business()
    {
        await ActivateAsync(new Schedule("* * * * *"));

        await StartAsync();

        (await QueuedAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(PipelineChange.Created)]
    [InlineData(PipelineChange.Paused)]
    [InlineData(PipelineChange.Archived)]
    public async Task Pipeline_that_is_not_active_has_no_due_times(PipelineChange change)
    {
        await RecordAsync(new Schedule("* * * * *"));
        if (change == PipelineChange.Paused) await new ChangeLifecycle(_world.Log).HandleAsync(new PausePipeline("orders", null), Zoe, Token);
        if (change == PipelineChange.Archived) await new ChangeLifecycle(_world.Log).HandleAsync(new ArchivePipeline("orders"), Zoe, Token);
        _clock.GoToNextHour();

        (await StartAsync()).ShouldBeNull();
        (await QueuedAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_due_while_the_pipeline_was_paused_is_not_made_up_for()
    {
        await ActivateAsync(new Schedule("0 * * * *", Misfire: Misfire.All));
        await new ChangeLifecycle(_world.Log).HandleAsync(new PausePipeline("orders", null), Zoe, Token);
        await new ChangeLifecycle(_world.Log).HandleAsync(new ActivatePipeline("orders"), Zoe, Token);

        await StartAsync();

        (await QueuedAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Definition_that_leaves_the_schedule_as_it_was_leaves_its_missed_times_too()
    {
        await ActivateAsync(new Schedule("0 * * * *"));
        await RecordAsync("two", new Schedule("0 * * * *"), new Schedule("30 4 * * *"));
        var history = await _world.Log.ReadAsync(EventStreams.Pipeline("orders"), Token);

        EffectiveSchedule.From(history).Select(effective => effective.Since).ShouldBe([history[1].At, history[2].At]);
    }

    [Theory]
    [InlineData(Misfire.Once, 1)]
    [InlineData(Misfire.All, 3)]
    public async Task Missed_times_are_made_up_for_as_the_schedule_says(Misfire misfire, int runs)
    {
        await ActivateAsync(new Schedule("0 * * * *", Misfire: misfire));
        var first = _clock.GoToNextHour();
        _clock.Advance(TimeSpan.FromMinutes(140));

        await StartAsync();
        await StartAsync();

        (await QueuedAsync()).ShouldBe(Enumerable.Range(3 - runs, runs).Select(hour => DueRuns.RunOf("orders", first.AddHours(hour))));
    }

    [Fact]
    public async Task Missed_time_that_is_passed_over_is_on_record_with_the_reason()
    {
        await ActivateAsync(new Schedule("0 * * * *", Misfire: Misfire.Skip));
        var due = _clock.GoToNextHour();
        _clock.Advance(TimeSpan.FromMinutes(2));

        await StartAsync();

        (await QueuedAsync()).ShouldBeEmpty();
        var run = await StateAsync(DueRuns.RunOf("orders", due));
        (run.Status, run.Reason).ShouldBe((RunStatus.Cancelled, "no node was there when it was due (misfire: skip)"));
    }

    [Fact]
    public async Task Time_that_is_a_little_late_is_not_missed()
    {
        await ActivateAsync(new Schedule("0 * * * *", Misfire: Misfire.Skip));
        var due = _clock.GoToNextHour();
        _clock.Advance(TimeSpan.FromSeconds(59));

        await StartAsync();

        (await QueuedAsync()).ShouldBe([DueRuns.RunOf("orders", due)]);
    }

    [Fact]
    public async Task Run_in_the_way_makes_the_next_one_be_left_out_and_that_is_on_record()
    {
        await ActivateAsync(new Schedule("0 * * * *", Overlap: Overlap.Skip));
        var other = await StartByHandAsync();
        var due = _clock.GoToNextHour();

        await StartAsync();

        (await QueuedAsync()).ShouldBe([other]);
        (await StateAsync(DueRuns.RunOf("orders", due))).Reason.ShouldBe($"run {other} was in its way (overlap: skip)");
    }

    [Fact]
    public async Task Run_in_the_way_is_waited_for_where_the_schedule_says_so()
    {
        await ActivateAsync(new Schedule("0 * * * *", Overlap: Overlap.Queue));
        var other = await StartByHandAsync();
        var due = _clock.GoToNextHour();

        await StartAsync();

        (await QueuedAsync()).ShouldBe([other, DueRuns.RunOf("orders", due)]);
    }

    [Fact]
    public async Task Run_in_the_way_is_cancelled_and_replaced_where_the_schedule_says_so()
    {
        await ActivateAsync(new Schedule("0 * * * *", Overlap: Overlap.Replace));
        var other = await StartByHandAsync();
        var run = DueRuns.RunOf("orders", _clock.GoToNextHour());

        await StartAsync();

        (await QueuedAsync()).ShouldBe([run]);
        var replaced = await StateAsync(other);
        (replaced.Status, replaced.Reason).ShouldBe((RunStatus.Cancelled, $"replaced by run {run} (overlap: replace)"));
    }

    public enum PipelineChange
    {
        Created,
        Paused,
        Archived,
    }

    private Task RecordAsync(params Schedule[] schedules) => RecordAsync("one", schedules);

    private async Task RecordAsync(string hash, params Schedule[] schedules)
    {
        _world.Pipeline = Some.Pipeline(Some.Task("load")) with { Hash = hash, Triggers = new Triggers(schedules) };
        var recorder = new DefinitionRecorder(_world, _world.Log);
        (hash == "one" ? await recorder.HandleAsync(new CreatePipeline(World.Request), Zoe, Token) : await recorder.HandleAsync(new RevisePipeline(World.Request), Zoe, Token)).IsSuccess.ShouldBeTrue();
    }

    private async Task ActivateAsync(params Schedule[] schedules)
    {
        await RecordAsync(schedules);
        (await new ChangeLifecycle(_world.Log).HandleAsync(new ActivatePipeline("orders"), Zoe, Token)).IsSuccess.ShouldBeTrue();
    }

    private StartPipelineHandler Starter => new(_world.Log, _world.Queue, _world.Cap, _clock);

    private Task<DateTimeOffset?> StartAsync() =>
        new DueRuns(_world.Log, new MessageBus(new RetryConflicts()).Add<StartPipeline, Guid>(() => Starter), _clock).StartAsync("orders", Token);

    private async Task<Guid> StartByHandAsync() => (await Starter.HandleAsync(new StartPipeline("orders", new Dictionary<string, string>(StringComparer.Ordinal), RunTrigger.Manual), Zoe, Token)).Value;

    private async Task<List<Guid>> QueuedAsync() => [.. (await _world.Queue.ListAsync("orders", 100, Token)).Select(entry => entry.Entry.RunId)];

    private async Task<RunState> StateAsync(Guid run) => Run.From(await _world.EventsAsync(EventStreams.Run(run))).State;

    /// <summary>A clock that is put forward by hand.</summary>
    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = System.GetUtcNow();

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan time) => _now += time;

        public DateTimeOffset GoToNextHour() => _now = _now.AddHours(1).AddMinutes(-_now.Minute).AddTicks(-(_now.Ticks % TimeSpan.TicksPerMinute));
    }
}
