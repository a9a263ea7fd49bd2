using System.Net;
using System.Security.Cryptography;
using FlexCore.EndToEnd.Server;

namespace FlexCore.EndToEnd;

/// <summary>Files that steps leave for people and other systems.</summary>
public sealed class ArtifactTests
{
    private const string Leaves =
        """
        import os
        folder = os.environ["FLEXCORE_ARTIFACTS"]
        os.makedirs(folder + "/2026/march")
        open(folder + "/2026/march/sales report.csv", "w").write("a,b\n1,2\n")
        open(folder + "/empty", "w").close()
        open(folder + "/large.bin", "wb").write(bytes(range(256)) * 50000)
        print("left")
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_that_a_task_leaves_are_listed_and_fetched_as_they_were()
    {
        using var project = new TestProject().Task(Leaves);
        var run = (await project.FlexCoreAsync("run", "pipeline.yaml", "--json")).ShouldExitWith(0).Json.GetProperty("run_id").GetString()!;

        var listed = (await project.FlexCoreAsync("runs", "artifacts", run, "--json")).ShouldExitWith(0).Json.EnumerateArray().ToList();
        (await project.FlexCoreAsync("runs", "artifacts", "latest")).ShouldExitWith(0).Output.ShouldContain("sales report.csv");
        var printed = (await project.FlexCoreAsync("runs", "artifacts", run, "2026/march/sales report.csv")).ShouldExitWith(0).Output;
        (await project.FlexCoreAsync("runs", "artifacts", run, "job/large.bin", "--output", "fetched.bin")).ShouldExitWith(0);

        listed.Select(file => (file.GetProperty("step").GetString(), file.GetProperty("name").GetString(), file.GetProperty("length").GetInt64()))
            .ShouldBe([("job", "2026/march/sales report.csv", 8), ("job", "empty", 0), ("job", "large.bin", 12_800_000)]);
        printed.ShouldBe("a,b\n1,2\n");
        var fetched = await File.ReadAllBytesAsync(project.PathOf("fetched.bin"), Token);
        Convert.ToHexStringLower(SHA256.HashData(fetched)).ShouldBe(listed[2].GetProperty("sha256").GetString());
        (await project.EventTypesAsync("--stream", $"run-{run}")).ShouldBe(["PipelineStarted", "StepStarted", "ArtifactsKept", "StepSucceeded", "PipelineCompleted"]);
    }

    [Theory]
    [InlineData("os.symlink('/etc/passwd', folder + '/stolen')", "'stolen' is a symbolic link")]
    [InlineData("os.symlink('/etc', folder + '/stolen')", "'stolen' is a symbolic link")]
    [InlineData("import socket; socket.socket(socket.AF_UNIX).bind(folder + '/pipe')", "'pipe' is not a file")]
    [InlineData("open(folder + '/ends.', 'w')", "'ends.' has a name that cannot be kept")]
    [InlineData("open(folder + '/a\\\\b', 'w')", "has a name that cannot be kept")]
    [InlineData("[open(folder + '/%d' % i, 'w').close() for i in range(1001)]", "1000 files")]
    [InlineData("os.truncate(os.open(folder + '/huge', os.O_CREAT | os.O_WRONLY), 5 << 30)", "'huge' brings what the step leaves to more than 4 GiB")]
    [InlineData("os.rmdir(folder); os.symlink('/etc', folder)", null)]
    public async Task What_cannot_be_kept_fails_the_step_with_one_error_that_names_it(string leaves, string? problem)
    {
        using var project = new TestProject().Task($"import os\nfolder = os.environ['FLEXCORE_ARTIFACTS']\n{leaves}\n");

        var result = await project.FlexCoreAsync("run", "pipeline.yaml");

        if (problem is null)
        {
            result.ShouldExitWith(0);
        }
        else
        {
            result.ShouldExitWith(1).Error.ShouldContain("error[FX2034]");
            result.Error.ShouldContain(problem);
        }

        (await project.FlexCoreAsync("runs", "artifacts", "latest", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Of_a_step_that_fails_nothing_is_kept()
    {
        using var project = new TestProject().Task($"{Leaves}\nraise SystemExit(3)\n");

        (await project.FlexCoreAsync("run", "pipeline.yaml")).ShouldExitWith(1);

        (await project.FlexCoreAsync("runs", "artifacts", "latest", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(0);
        Directory.Exists(project.PathOf(".flexcore/files")).ShouldBeFalse();
    }

    [Fact]
    public async Task What_somebody_has_changed_in_the_store_is_not_taken_for_what_was_left()
    {
        using var project = new TestProject().Task(Leaves);
        (await project.FlexCoreAsync("run", "pipeline.yaml")).ShouldExitWith(0);
        var file = Directory.GetFiles(project.PathOf(".flexcore/files"), "large.bin", SearchOption.AllDirectories).ShouldHaveSingleItem();
        await File.WriteAllTextAsync(file, "another", Token);

        (await project.FlexCoreAsync("runs", "artifacts", "latest", "large.bin", "--output", "fetched.bin")).ShouldExitWith(3).Error.ShouldContain("FX3006");

        File.Exists(project.PathOf("fetched.bin")).ShouldBeFalse();
        (await project.FlexCoreAsync("runs", "artifacts", "latest", "none")).ShouldExitWith(2).Error.ShouldContain("FX1050");
    }

    [Fact]
    public async Task Server_gives_them_to_whoever_may_see_the_run_and_to_nobody_else()
    {
        await using var served = new ServedProject(new TestProject().Task(Leaves));
        await served.InitializeAsync();
        await served.GiveTokenAsync("other", "viewer", "another");
        var run = await served.RunAsync("p");
        var file = $"/api/v1/runs/{run}/artifacts/job/2026/march/sales%20report.csv";

        (await served.AskAsync(HttpMethod.Get, $"/api/v1/runs/{run}/artifacts?limit=2", "viewer")).Json.GetProperty("items").GetArrayLength().ShouldBe(2);
        var answer = await served.AskAsync(HttpMethod.Get, file, "viewer");
        (answer.Status, answer.Text, answer.MediaType).ShouldBe((HttpStatusCode.OK, "a,b\n1,2\n", "application/octet-stream"));
        (await served.AskAsync(HttpMethod.Get, file, role: null)).ShouldFailWith(HttpStatusCode.Unauthorized, "FX6003");
        (await served.AskAsync(HttpMethod.Get, file, "other")).ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");
        foreach (var none in new[] { "job/none", "none/empty", "job/../job/none", "job/%2e%2e%2fjob%2fempty" })
            ((int)(await served.AskAsync(HttpMethod.Get, $"/api/v1/runs/{run}/artifacts/{none}", "viewer")).Status).ShouldBe(404, none);

        var client = new Client.FlexCoreClient(served.Client, served.TokenOf("viewer"));
        using var large = new MemoryStream();
        var known = await client.ListArtifactsAsync(Guid.Parse(run), Token).SingleAsync(artifact => artifact.Name == "large.bin", Token);
        await client.ReadArtifactAsync(Guid.Parse(run), known.Step, known.Name, large, Token);
        Convert.ToHexStringLower(SHA256.HashData(large.ToArray())).ShouldBe(known.Sha256);
    }

    [Fact]
    public async Task Logs_and_artifacts_are_had_at_another_node_than_the_one_of_the_run_where_files_are_in_S3()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var s3 = await S3Server.StartAsync();
        using var project = new TestProject().Task(Leaves).Write("flexcore.yaml", $"store: {{ kind: postgres, connection: \"{postgres.ConnectionString}\" }}\nfiles: {{ kind: s3, container: {S3Server.Bucket}, folder: tests, endpoint: \"{s3.Address}\", account: {S3Server.Key} }}\nretention: {{ logs: 1d }}\n");
        project.Variables["FLEXCORE__FILES__KEY"] = S3Server.Key;
        (await project.FlexCoreAsync("run", "pipeline.yaml", "--data", project.PathOf("one"))).ShouldExitWith(0);
        Directory.Delete(project.PathOf("one"), recursive: true);

        (await project.FlexCoreAsync("runs", "logs", "latest", "--data", project.PathOf("other"))).ShouldExitWith(0).Output.ShouldContain("left");
        (await project.FlexCoreAsync("runs", "artifacts", "latest", "2026/march/sales report.csv", "--data", project.PathOf("other"))).ShouldExitWith(0).Output.ShouldBe("a,b\n1,2\n");

        // Away, it fails what needs it, and no more; the log follows when it is back.
        await s3.KillAsync();
        project.Task("print('said')");
        (await project.FlexCoreAsync("run", "pipeline.yaml", "--data", project.PathOf("two"))).ShouldExitWith(0).Error.ShouldContain("cannot be put into the store of files");
        project.Task(Leaves);
        (await project.FlexCoreAsync("run", "pipeline.yaml", "--data", project.PathOf("two"))).ShouldExitWith(1).Error.ShouldContain("FX5010");
        await s3.StartAgainAsync();
        project.Task("print('again')");
        (await project.FlexCoreAsync("run", "pipeline.yaml", "--data", project.PathOf("two"))).ShouldExitWith(0);
        var runs = (await project.FlexCoreAsync("runs", "list", "--json", "--data", project.PathOf("other"))).ShouldExitWith(0).Json.EnumerateArray().Select(run => run.GetProperty("run_id").GetString()!).ToList();
        (await project.FlexCoreAsync("runs", "logs", runs[2], "--data", project.PathOf("other"))).ShouldExitWith(0).Output.ShouldContain("said");
    }
}
