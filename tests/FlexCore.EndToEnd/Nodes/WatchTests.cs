namespace FlexCore.EndToEnd.Nodes;

/// <summary><c>runs watch</c>: a run on one machine, seen from another.</summary>
public sealed class WatchTests
{
    /// <summary>Says something again and again until it may end, then fails if it is to.</summary>
    private const string Job =
        """
        import json, os, sys, time
        context = json.load(sys.stdin)
        folder = context["input"]["path"]
        open(os.path.join(folder, context["run_id"]), "x").close()
        while not os.path.exists(os.path.join(folder, "go")):
            print("still at it", flush=True)
            time.sleep(0.1)
        sys.exit(3 if os.path.exists(os.path.join(folder, "fail")) else 0)
        """;

    [Theory]
    [InlineData("files")]
    [InlineData("postgres")]
    [InlineData("redis")]
    public async Task Run_of_a_node_is_seen_from_elsewhere_as_it_goes_and_to_its_end(string coordination)
    {
        await using var postgres = coordination == "files" ? null : await PostgresServer.StartAsync();
        await using var redis = coordination == "redis" ? await RedisServer.StartAsync() : null;
        using var project = new TestProject().Plugin("job", "task", Job, "capabilities: { write: [\"${input.path}\"] }").Write("marks/README", "");
        project.Write("talk.yaml", "name: talk\ngrants: { job: { write: [./marks] } }\nsteps:\n  - { id: work, task: { plugin: job, input: { path: ./marks } } }\n");
        if (postgres is not null) (project.Variables["FLEXCORE__STORE__KIND"], project.Variables["FLEXCORE__STORE__CONNECTION"]) = ("postgres", postgres.ConnectionString);
        if (redis is not null) (project.Variables["FLEXCORE__COORDINATION__KIND"], project.Variables["FLEXCORE__COORDINATION__CONNECTION"]) = ("redis", redis.ConnectionString);

        var doctor = (await project.FlexCoreAsync("doctor", "--json")).Json;
        doctor.GetProperty("coordination").GetString().ShouldBe(coordination == "files" ? "local" : coordination);
        doctor.GetProperty("checks").EnumerateArray().Any(check => check.GetProperty("name").GetString() == "redis" && check.GetProperty("ok").GetBoolean()).ShouldBe(redis is not null);

        // A file is of one data directory.
        string[] elsewhere = ["--data", project.PathOf(postgres is null ? "node" : "elsewhere")];
        (await project.FlexCoreAsync(["pipeline", "apply", "-f", "talk.yaml", .. elsewhere])).ShouldExitWith(0);
        await using var node = await NodeProcess.StartAsync(project, "node", project.Variables, []);
        var run = (await project.FlexCoreAsync(["pipeline", "start", "talk", "--json", .. elsewhere])).ShouldExitWith(0).Json.GetProperty("run_id").GetString()!;
        await using var watching = Command.Start(Repository.Launcher, ["runs", "watch", run, .. elsewhere], project.Folder, project.Variables);
        await Until.TrueAsync(() => watching.ErrorSoFar.Contains("work: job: still at it", StringComparison.Ordinal), $"it is heard what the plugin says: {watching.ErrorSoFar}");

        project.Write("marks/fail", "").Write("marks/go", "");

        var seen = (await watching.EndAsync()).ShouldExitWith(1);
        seen.Error.ShouldContain("work: started");
        seen.Error.ShouldContain("work: failed, job ended with exit code 3");
        var document = (await project.FlexCoreAsync(["runs", "watch", run, "--json", .. elsewhere])).ShouldExitWith(1).Json;
        (document.GetProperty("run_id").GetString(), document.GetProperty("status").GetString()).ShouldBe((run, "failed"));
        File.Delete(project.PathOf("marks/fail"));
        (await project.FlexCoreAsync(["run", "talk.yaml", .. elsewhere])).ShouldExitWith(0);
        (await project.FlexCoreAsync(["runs", "watch", "latest", "--json", .. elsewhere])).ShouldExitWith(0).Json.GetProperty("status").GetString().ShouldBe("succeeded");
        (await project.FlexCoreAsync(["runs", "watch", "no-such-run", .. elsewhere])).ShouldExitWith(2);
        await node.StopAsync();
    }
}
