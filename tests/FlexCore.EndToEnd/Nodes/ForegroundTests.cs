using Npgsql;

namespace FlexCore.EndToEnd.Nodes;

/// <summary>Command lines and nodes on several machines, and a pipeline that one of them at a time may work on.</summary>
public sealed class ForegroundTests
{
    private const string Pipeline =
        """
        name: alone
        grants: { job: { write: [./marks] } }
        steps:
          - { id: work, task: { plugin: job, input: { path: ./marks } } }
        """;

    /// <summary>Says that it has begun, and ends when it may.</summary>
    private const string Job =
        """
        import json, os, sys, time
        context = json.load(sys.stdin)
        folder = context["input"]["path"]
        open(os.path.join(folder, context["run_id"]), "x").close()
        while not os.path.exists(os.path.join(folder, "go")): time.sleep(0.02)
        """;

    [Fact]
    public async Task What_one_machine_runs_in_the_foreground_another_neither_runs_nor_changes_and_a_node_waits_for_it()
    {
        await using var server = await PostgresServer.StartAsync();
        using var project = Project(server);
        await using var foreground = Command.Start(Repository.Launcher, ["run", "alone.yaml", "--json", "--data", project.PathOf("here")], project.Folder, project.Variables);
        await Until.TrueAsync(() => Begun(project).Count == 1, "the run has begun");
        var run = Begun(project)[0];

        (await project.FlexCoreAsync("run", "alone.yaml", "--data", project.PathOf("there"))).ShouldExitWith(2).Error.ShouldContain(run);
        (await project.FlexCoreFedAsync("{}", "state", "set", "alone", "work", "-", "--data", project.PathOf("there"))).ShouldExitWith(2).Error.ShouldContain(run);
        await using var node = await NodeProcess.StartAsync(project, "node", project.Variables, []);
        var queued = (await project.FlexCoreAsync("pipeline", "start", "alone", "--json", "--data", project.PathOf("there"))).ShouldExitWith(0).Json.GetProperty("run_id").GetString()!;
        await Until.TrueAsync(async () => await CountClaimsAsync(server, queued) >= 2, "the node has taken it, and given it back");
        Begun(project).ShouldBe([run]);

        project.Write("marks/go", "");
        (await foreground.EndAsync()).ShouldExitWith(0).Json.GetProperty("run_id").GetString().ShouldBe(run);
        await Until.TrueAsync(async () => await StatusAsync(project, queued) == "succeeded", "the node has run what waited");
        await node.StopAsync();
    }

    [Fact]
    public async Task What_a_node_runs_nobody_runs_or_changes_from_another_machine()
    {
        await using var server = await PostgresServer.StartAsync();
        using var project = Project(server);
        (await project.FlexCoreAsync("pipeline", "apply", "-f", "alone.yaml", "--data", project.PathOf("there"))).ShouldExitWith(0);
        await using var node = await NodeProcess.StartAsync(project, "node", project.Variables, []);
        var run = (await project.FlexCoreAsync("pipeline", "start", "alone", "--json", "--data", project.PathOf("there"))).ShouldExitWith(0).Json.GetProperty("run_id").GetString()!;
        await Until.TrueAsync(() => Begun(project).Count == 1, "the run has begun");

        (await project.FlexCoreAsync("run", "alone.yaml", "--data", project.PathOf("there"))).ShouldExitWith(2).Error.ShouldContain(run);
        (await project.FlexCoreFedAsync("{}", "state", "set", "alone", "work", "-", "--data", project.PathOf("there"))).ShouldExitWith(2).Error.ShouldContain(run);

        project.Write("marks/go", "");
        await Until.TrueAsync(async () => await StatusAsync(project, run) == "succeeded", "the run has ended");
        (await project.FlexCoreFedAsync("{}", "state", "set", "alone", "work", "-", "--data", project.PathOf("there"))).ShouldExitWith(0);
        (await project.FlexCoreAsync("run", "alone.yaml", "--data", project.PathOf("there"))).ShouldExitWith(0);
        await node.StopAsync();
    }

    private static TestProject Project(PostgresServer server)
    {
        var project = new TestProject().Plugin("job", "task", Job, "capabilities: { write: [\"${input.path}\"] }").Write("marks/README", "").Write("alone.yaml", Pipeline);
        project.Variables["FLEXCORE__STORE__KIND"] = "postgres";
        project.Variables["FLEXCORE__STORE__CONNECTION"] = server.ConnectionString;
        return project;
    }

    private static List<string> Begun(TestProject project) => [.. Directory.EnumerateFiles(project.PathOf("marks")).Select(file => Path.GetFileName(file)).Where(name => Guid.TryParse(name, out _))];

    private static async Task<long> CountClaimsAsync(PostgresServer server, string run)
    {
        await using var database = NpgsqlDataSource.Create(server.ConnectionString);
        await using var epoch = database.CreateCommand($"SELECT epoch FROM flexcore.run_queue WHERE run_id = '{run}'");
        return (long)(await epoch.ExecuteScalarAsync())!;
    }

    private static async Task<string> StatusAsync(TestProject project, string run) =>
        (await project.FlexCoreAsync("runs", "show", run, "--json", "--data", project.PathOf("there"))).ShouldExitWith(0).Json.GetProperty("status").GetString()!;
}
