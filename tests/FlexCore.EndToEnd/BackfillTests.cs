namespace FlexCore.EndToEnd;

/// <summary>Runs for due times of the past.</summary>
public sealed class BackfillTests
{
    private const string Job = "import json, os, sys\nopen(os.path.join(json.load(sys.stdin)['input']['out'], 'days'), 'a').write(sys.argv[1] + '\\n')";

    [Fact]
    public async Task Each_due_time_of_the_range_has_one_run_that_knows_it_in_their_order()
    {
        using var project = Daily("[\"${trigger.due}\"]");
        (await project.RunAsync()).ShouldExitWith(0);
        File.Delete(project.PathOf("out/days"));

        var backfill = (await project.FlexCoreAsync("pipeline", "backfill", "p", "--from", "2026-03-28", "--to", "2026-03-31", "--json")).ShouldExitWith(0).Json;
        await using var node = project.StartFlexCore("serve");
        await WaitForStatusAsync(project, "completed");

        backfill.GetProperty("runs").GetInt32().ShouldBe(3);

        // Lisbon's clocks go forward in between.
        (await File.ReadAllLinesAsync(project.PathOf("out/days"), TestContext.Current.CancellationToken)).ShouldBe(["2026-03-28T06:30:00Z", "2026-03-29T05:30:00Z", "2026-03-30T05:30:00Z"]);
        (await project.EventTypesAsync("--category", "backfill")).ShouldBe(["BackfillStarted", "BackfillAdvanced", "BackfillAdvanced", "BackfillAdvanced", "BackfillCompleted"]);
        await node.SignalAsync("TERM");
        (await node.EndAsync()).ShouldExitWith(0);
    }

    [Fact]
    public async Task Backfill_is_paused_resumed_and_cancelled_with_the_runs_that_it_has()
    {
        using var project = Daily("[\"${trigger.due}\"]");
        (await project.RunAsync()).ShouldExitWith(0);
        var id = (await project.FlexCoreAsync("pipeline", "backfill", "p", "--from", "2026-01-01", "--to", "2027-01-01", "--json")).ShouldExitWith(0).Json.GetProperty("backfill_id").GetString()!;

        (await project.FlexCoreAsync("backfill", "pause", id, "--reason", "holiday")).ShouldExitWith(0).Output.ShouldContain("is paused: 0 of 365 runs started");
        (await project.FlexCoreAsync("backfill", "resume", id)).ShouldExitWith(0).Output.ShouldContain("is active");
        await using var node = project.StartFlexCore("serve");
        while ((await ListAsync(project)).GetProperty("started").GetInt32() < 2) await Task.Delay(100, TestContext.Current.CancellationToken);
        (await project.FlexCoreAsync("backfill", "cancel", id)).ShouldExitWith(0).Output.ShouldContain("is cancelled");

        await WaitUntilQueueIsEmptyAsync(project);
        (await project.FlexCoreAsync("backfill", "resume", id)).ShouldExitWith(2).Error.ShouldContain($"error[FX1045]: backfill {id} has ended: it is cancelled");
    }

    [Fact]
    public async Task Killed_node_leaves_its_backfill_to_the_next_and_no_due_time_has_two_runs()
    {
        using var project = Daily("[\"${trigger.due}\"]");
        (await project.RunAsync()).ShouldExitWith(0);
        File.Delete(project.PathOf("out/days"));
        (await project.FlexCoreAsync("pipeline", "backfill", "p", "--from", "2026-01-01", "--to", "2026-01-21", "--parallel", "2")).ShouldExitWith(0);

        await using (var node = project.StartFlexCore("serve"))
        {
            while ((await ListAsync(project)).GetProperty("started").GetInt32() < 5) await Task.Delay(50, TestContext.Current.CancellationToken);
            await node.SignalAsync("KILL");
        }

        await using var next = project.StartFlexCore("serve");
        await WaitForStatusAsync(project, "completed");

        (await project.EventsAsync("--type", "PipelineQueued")).Count.ShouldBe(20);
        (await File.ReadAllLinesAsync(project.PathOf("out/days"), TestContext.Current.CancellationToken)).Distinct().Count().ShouldBe(20);
    }

    [Theory]
    [InlineData("2026-02-01", "2026-01-01", "the end of the range is not behind its beginning")]
    [InlineData("2026-01-01T10:00", "2026-01-01T11:00", "nothing was due in this range")]
    [InlineData("yesterday", "2026-01-01", "--from yesterday: it must be a date or a time such as")]
    public async Task Range_without_due_times_is_refused(string from, string to, string expected)
    {
        using var project = Daily("[]");
        (await project.FlexCoreAsync("validate", "pipeline.yaml")).ShouldExitWith(0);
        (await project.RunAsync()).ExitCode.ShouldBe(1);

        (await project.FlexCoreAsync("pipeline", "backfill", "p", "--from", from, "--to", to)).ShouldExitWith(2).Error.ShouldContain(expected);
    }

    private static TestProject Daily(string args) => new TestProject().Plugin("job", "task", Job, "capabilities: { write: [\"${input.out}\"] }").Write(
        "pipeline.yaml",
        $$"""
        name: p
        schedule: { cron: "30 6 * * *", timezone: Europe/Lisbon }
        grants: { job: { write: [./out] } }
        steps:
          - id: day
            task: { plugin: job, args: {{args}}, input: { out: ./out } }
        """);

    private static async Task<System.Text.Json.JsonElement> ListAsync(TestProject project) => (await project.FlexCoreAsync("backfill", "list", "--json")).ShouldExitWith(0).Json[0];

    private static async Task WaitForStatusAsync(TestProject project, string status)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while ((await ListAsync(project)).GetProperty("status").GetString() != status) await Task.Delay(200, patience.Token);
    }

    private static async Task WaitUntilQueueIsEmptyAsync(TestProject project)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while ((await project.FlexCoreAsync("runs", "list", "--json")).Json.EnumerateArray().Any(run => run.GetProperty("status").GetString() is "queued" or "running")) await Task.Delay(200, patience.Token);
    }
}
