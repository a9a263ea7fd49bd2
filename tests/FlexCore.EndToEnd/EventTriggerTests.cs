namespace FlexCore.EndToEnd;

/// <summary>Pipelines that run because something else has happened.</summary>
public sealed class EventTriggerTests
{
    [Fact]
    public async Task Pipeline_runs_once_after_each_run_of_another_also_when_its_node_was_killed()
    {
        using var project = new TestProject().Write("first.yaml", Pipeline("first", "")).Write("pipeline.yaml", Pipeline("second", "triggers: [{ after: first }]"));
        (await project.FlexCoreAsync("run", "first.yaml")).ShouldExitWith(0);
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.FlexCoreAsync("pipeline", "activate", "second")).ShouldExitWith(0);

        await using (var node = project.StartFlexCore("serve"))
        {
            (await project.FlexCoreAsync("run", "first.yaml")).ShouldExitWith(0);
            await WaitForCausedAsync(project, 1);
            await node.SignalAsync("KILL");
        }

        (await project.FlexCoreAsync("run", "first.yaml")).ShouldExitWith(0);
        await using var next = project.StartFlexCore("serve");
        await WaitForCausedAsync(project, 2);

        var sources = (await CausedAsync(project)).Select(trigger => trigger.GetProperty("source").GetString()).ToList();
        var runs = (await project.FlexCoreAsync("runs", "list", "--json")).Json.EnumerateArray().Where(run => run.GetProperty("pipeline").GetString() == "first").Select(run => run.GetProperty("run_id").GetString()).ToList();

        // The first run of all was before the pipeline was active.
        sources.ShouldBe(runs.AsEnumerable().Reverse().Skip(1));
        await next.SignalAsync("TERM");
        (await next.EndAsync()).ShouldExitWith(0);
    }

    [Fact]
    public async Task Event_of_a_type_starts_a_run_and_the_pipelines_own_events_do_not()
    {
        using var project = new TestProject().Write("first.yaml", Pipeline("first", "")).Write("pipeline.yaml", Pipeline("second", "triggers: [{ event: PipelineStarted }]"));
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.FlexCoreAsync("pipeline", "activate", "second")).ShouldExitWith(0);
        await using var node = project.StartFlexCore("serve");

        (await project.FlexCoreAsync("run", "first.yaml")).ShouldExitWith(0);
        await WaitForCausedAsync(project, 1);
        (await project.FlexCoreAsync("run", "first.yaml")).ShouldExitWith(0);
        await WaitForCausedAsync(project, 2);

        (await CausedAsync(project)).ShouldAllBe(trigger => trigger.GetProperty("kind").GetString() == "event");
        (await CausedAsync(project)).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("triggers: [{ after: second }]", "a pipeline cannot start itself")]
    [InlineData("triggers: [{ event: StateComitted }]", "there is no event type 'StateComitted'")]
    [InlineData("triggers: []", "'triggers' must be a list of 1 to 100")]
    [InlineData("triggers: [{ after: first, on: sometimes }]", "'on' must be one of: success, failure, always")]
    [InlineData("triggers: [{ webhook: { secret: UPPER } }]", "'UPPER' cannot be the name of a secret")]
    [InlineData("triggers: [{ webhook: { set: { a: /b } } }]", "'secret' is missing")]
    [InlineData("triggers: [{ webhook: { secret: s, set: { a: /b } } }]", "there is no variable 'a' under 'vars'")]
    [InlineData("triggers: [{ webhook: { secret: s } }, { webhook: { secret: s } }]", "a pipeline has one webhook")]
    [InlineData("triggers: [{ webhook: { secret: s }, on: success }]", "'on' is not a known key here")]
    [InlineData("triggers: [{ file: '*/in.csv' }]", "'file' must be the path of a file")]
    [InlineData("schedule: { cron: '61 * * * *' }", "'cron' has '61' for the minute")]
    [InlineData("schedule: { cron: '0 * * * *', timezone: Mars/Olympus }", "there is no time zone 'Mars/Olympus'")]
    [InlineData("schedule: { cron: '0 * * * *', start: 2026-02-01, end: 2026-01-01 }", "'end' is not after 'start'")]
    [InlineData("schedule: [{ cron: '0 * * * *' }, { cron: '0 * * * *' }]", "the same schedule is there twice")]
    [InlineData("schedule: []", "'schedule' must be a schedule, or a list")]
    public async Task Trigger_that_makes_no_sense_is_refused_where_it_stands(string trigger, string expected)
    {
        using var project = new TestProject().Write("pipeline.yaml", Pipeline("second", trigger));

        var error = (await project.FlexCoreAsync("validate", "pipeline.yaml")).ShouldExitWith(2).Error;

        error.ShouldContain("pipeline.yaml:2:");
        error.ShouldContain(expected);
    }

    private static string Pipeline(string name, string more) => $"name: {name}\n{more}\nsteps: [{{ id: a, noop: {{}} }}]\n";

    private static async Task<List<System.Text.Json.JsonElement>> CausedAsync(TestProject project) =>
        [.. (await project.EventsAsync("--type", "PipelineQueued")).Select(item => item.GetProperty("data").GetProperty("trigger"))];

    private static async Task WaitForCausedAsync(TestProject project, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await CausedAsync(project)).Count < count) await Task.Delay(100, patience.Token);
    }
}
