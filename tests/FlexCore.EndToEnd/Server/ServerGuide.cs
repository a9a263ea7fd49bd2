using FlexCore.Client;

namespace FlexCore.EndToEnd.Server;

/// <summary>The programs of docs/guides/server.md and docs/guides/grpc.md do what those say.</summary>
public sealed class ServerGuide(ServedProject server) : IClassFixture<ServedProject>
{
    private static readonly string[] Happened = ["PipelineQueued", "PipelineStarted", "StepStarted", "StepSucceeded", "StepStarted", "StepSucceeded", "PipelineCompleted"];

    [Fact]
    public async Task Program_in_NET_starts_a_run_and_follows_it()
    {
        await using var printed = new StringWriter();

        await FollowAsync(server.Client.BaseAddress!, server.TokenOf("operator"), printed);

        printed.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(Happened);
    }

    [Fact]
    public async Task Program_in_JavaScript_starts_a_run_and_follows_it()
    {
        await NpmPackages.InstallAsync(GrpcClient.Folder);
        using var project = new TestProject();
        File.CreateSymbolicLink(project.PathOf("node_modules"), Path.Combine(GrpcClient.Folder, "node_modules"));
        File.CreateSymbolicLink(project.PathOf("Protos"), GrpcClient.Protos);
        project.Write("watch.mjs", DocumentedCode.BlocksOf(Repository.PathOf("docs", "guides", "grpc.md"), "js").ShouldHaveSingleItem());

        var ended = await Command.RunAsync("node", ["watch.mjs", server.GrpcAddress, "one"], project.Folder, new Dictionary<string, string?>(StringComparer.Ordinal) { ["FLEXCORE_TOKEN"] = server.TokenOf("operator") });

        var lines = ended.ShouldExitWith(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Where(line => char.IsAsciiDigit(line[0])).Select(line => line.Split(' ')[1]).ShouldBe(Happened);
        lines[^1].ShouldBe("the run has ended");
    }

    private static async Task FollowAsync(Uri address, string token, TextWriter output)
    {
        using var http = new HttpClient { BaseAddress = address };   // http://127.0.0.1:8080
        var client = new FlexCoreClient(http, token);
        var run = await client.StartRunAsync(new StartRun("one"), idempotencyKey: "order-4711");
        await foreach (var happened in client.WatchRunAsync(run.RunId)) await output.WriteLineAsync(happened.Type);
    }
}
