using System.Globalization;
using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>Pipelines that run by their schedules, on nodes that come and go.</summary>
public sealed class ScheduleTests(PostgresStoreTests.Server server) : IClassFixture<PostgresStoreTests.Server>
{
    private static readonly TimeSpan ThreeMinutes = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Pipeline_shows_when_it_is_due_and_why_not()
    {
        using var project = Scheduled("p", "30 4 1 1 *", "timezone: Europe/Lisbon");
        (await project.RunAsync()).ShouldExitWith(0);

        (await project.FlexCoreAsync("pipeline", "show", "p")).ShouldExitWith(0).Output.ShouldContain("next due: never, for it is created: `flexcore pipeline activate p`");
        (await project.FlexCoreAsync("pipeline", "activate", "p")).ShouldExitWith(0);
        var shown = (await project.FlexCoreAsync("pipeline", "show", "p")).ShouldExitWith(0).Output;
        shown.ShouldContain("schedule: 30 4 1 1 * in Europe/Lisbon, overlap skip, misfire once");
        shown.ShouldContain("-01-01 04:30:00Z");
        (await project.FlexCoreAsync("pipeline", "show", "p", "--json")).ShouldExitWith(0).Json.GetProperty("next_due").GetArrayLength().ShouldBe(3);
    }

    [Fact]
    public async Task Node_notices_a_pipeline_that_is_activated_while_it_works()
    {
        using var project = Scheduled("p", "* * * * *");
        await using var node = project.StartFlexCore("serve", "--name", "a");
        await Until.TrueAsync(() => node.ErrorSoFar.Contains("takes runs", StringComparison.Ordinal), "the node works");
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.FlexCoreAsync("pipeline", "activate", "p")).ShouldExitWith(0);

        var due = await WaitForRunsAsync(project, 1);

        due[0].Second.ShouldBe(0);
    }

    [Fact]
    public async Task Two_nodes_give_each_due_time_one_run_and_one_goes_on_when_the_other_is_killed()
    {
        string[] names = ["p", "q", "r", "s"];
        using var project = Scheduled("p", "* * * * *");
        project.Variables["FLEXCORE__STORE__KIND"] = "postgres";
        project.Variables["FLEXCORE__STORE__CONNECTION"] = server.ConnectionString;
        project.Variables["FLEXCORE__STORE__SCHEMA"] = "e2e_schedules";
        foreach (var name in names)
        {
            Write(project, name, "* * * * *");
            (await project.FlexCoreAsync("run", $"{name}.yaml")).ShouldExitWith(0);
            (await project.FlexCoreAsync("pipeline", "activate", name)).ShouldExitWith(0);
        }

        await using var first = project.StartFlexCore("serve", "--name", "a");
        await using var second = project.StartFlexCore("serve", "--name", "b");
        await WaitForRunsAsync(project, names.Length);
        await first.SignalAsync("KILL");
        await WaitForRunsAsync(project, 2 * names.Length);

        var queued = await DueAsync(project);
        queued.Count.ShouldBe(queued.Distinct().Count());
        foreach (var name in names) queued.Count(run => run.Pipeline == name).ShouldBeGreaterThanOrEqualTo(2, name);
        await second.SignalAsync("TERM");
        (await second.EndAsync()).ShouldExitWith(0);
    }

    private static TestProject Scheduled(string name, string cron, string more = "overlap: skip")
    {
        var project = new TestProject();
        Write(project, name, cron, more);
        return project.Write("pipeline.yaml", File.ReadAllText(project.PathOf($"{name}.yaml")));
    }

    private static void Write(TestProject project, string name, string cron, string more = "overlap: skip") =>
        project.Write($"{name}.yaml", $$"""
            name: {{name}}
            schedule: { cron: "{{cron}}", {{more}} }
            steps: [{ id: a, noop: {} }]
            """);

    private static async Task<List<DateTimeOffset>> WaitForRunsAsync(TestProject project, int count)
    {
        using var patience = new CancellationTokenSource(ThreeMinutes);
        while (true)
        {
            var due = await DueAsync(project);
            if (due.Count >= count) return [.. due.Select(run => run.Due)];
            await Task.Delay(1000, patience.Token);
        }
    }

    /// <summary>The runs that were wanted by schedules.</summary>
    private static async Task<List<(string Pipeline, DateTimeOffset Due)>> DueAsync(TestProject project) =>
        [.. (await project.EventsAsync("--type", "PipelineQueued")).Select(item => item.GetProperty("data")).Where(data => data.GetProperty("trigger").TryGetProperty("due_at", out _)).Select(Describe)];

    private static (string Pipeline, DateTimeOffset Due) Describe(JsonElement queued) =>
        (queued.GetProperty("pipeline").GetString()!, DateTimeOffset.Parse(queued.GetProperty("trigger").GetProperty("due_at").GetString()!, CultureInfo.InvariantCulture));
}
