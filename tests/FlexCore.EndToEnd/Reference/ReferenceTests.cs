using System.Net;
using FlexCore.EndToEnd.Server;

namespace FlexCore.EndToEnd.Reference;

/// <summary>The reference pages say what the program says. After a change: <c>FLEXCORE_WRITE_DOCS=1 dotnet test tests/FlexCore.EndToEnd --filter ReferenceTests</c>, and commit the pages.</summary>
public sealed class ReferenceTests
{
    // Every metric has something to tell.
    private const string OneInvalid = TestProject.SmallTap + "\nprint('{\"type\": \"RECORD\", \"stream\": \"s\", \"record\": {\"id\": \"no number\"}}')\n";

    [Fact]
    public async Task Reference_of_the_command_line_has_every_command_with_its_options()
    {
        using var project = new TestProject();

        await ShouldBeAsync("cli.md", await CommandReference.RenderAsync(project));
    }

    [Fact]
    public async Task References_of_REST_and_of_metrics_have_every_operation_and_every_metric()
    {
        var project = new TestProject().Sync(OneInvalid);
        var server = new ServedProject(project.Write("pipeline.yaml", $"{await File.ReadAllTextAsync(project.PipelineFile, TestContext.Current.CancellationToken)}\n      validate: dead-letter\n"));
        await server.InitializeAsync();
        try
        {
            await ShouldBeAsync("rest.md", RestReference.Render(await server.DocumentAsync()));
            await server.RunAsync("p");
            await ShouldBeAsync("metrics.md", MetricReference.Render((await server.AskAsync(HttpMethod.Get, "/metrics")).ShouldBe(HttpStatusCode.OK).Text));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Reference_of_gRPC_has_every_call_message_and_field()
    {
        var files = Directory.GetFiles(Repository.PathOf("src", "FlexCore.Server", "Grpc", "Protos", "flexcore", "v1"), "*.proto").Order(StringComparer.Ordinal).Select(File.ReadAllText).ToList();

        await ShouldBeAsync("grpc.md", GrpcReference.Render(files));
    }

    private static async Task ShouldBeAsync(string name, string rendered)
    {
        var page = Repository.PathOf("docs", "reference", name);
        if (Environment.GetEnvironmentVariable("FLEXCORE_WRITE_DOCS") == "1") await File.WriteAllTextAsync(page, rendered);
        (await File.ReadAllTextAsync(page)).ShouldBe(rendered, $"{name} is not up to date: run this with FLEXCORE_WRITE_DOCS=1");
    }
}
