using System.Net;
using FlexCore.Client;

namespace FlexCore.EndToEnd.Server;

/// <summary>The client for .NET, as a program uses it.</summary>
public sealed class ClientTests(ServedProject server) : IClassFixture<ServedProject>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FlexCoreClient Client => new(server.Client, server.TokenOf("operator"));

    [Fact]
    public async Task Run_is_started_once_and_watched_to_its_end()
    {
        var run = (await Client.StartRunAsync(new StartRun("one"), "only-once", Token)).RunId;

        (await Client.StartRunAsync(new StartRun("one"), "only-once", Token)).RunId.ShouldBe(run);
        var seen = await Client.WatchRunAsync(run, cancellationToken: Token).Select(each => each.Type).ToListAsync(Token);
        seen.ShouldBe(["PipelineQueued", "PipelineStarted", "StepStarted", "StepSucceeded", "StepStarted", "StepSucceeded", "PipelineCompleted"]);
        (await Client.WatchRunAsync(run, after: 7, Token).ToListAsync(Token)).ShouldBeEmpty();
        (await Client.GetRunAsync($"{run}", Token)).ShouldSatisfyAllConditions(found => found.Status.ShouldBe("succeeded"), found => found.Steps.Select(step => step.Id).ShouldBe(["a", "b"]));
        (await Client.ListRunsAsync("one", "succeeded", cancellationToken: Token).Select(found => found.RunId).ToListAsync(Token)).ShouldContain(run);
        (await Client.ListRunsAsync(since: TimeProvider.System.GetUtcNow().AddDays(1), cancellationToken: Token).ToListAsync(Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Refusal_says_why_and_what_to_do()
    {
        var refused = await Should.ThrowAsync<FlexCoreApiException>(() => Client.GetRunAsync("nothing", Token));

        refused.Status.ShouldBe(HttpStatusCode.NotFound);
        refused.Problem!.Code.ShouldBe("FX1050");
        refused.Message.ShouldContain(refused.Problem.Remedy);
        (await Should.ThrowAsync<FlexCoreApiException>(async () => await Client.ListEventsAsync(cancellationToken: Token).ToListAsync(Token))).Problem!.Code.ShouldBe("FX6001");
        (await new FlexCoreClient(server.Client, server.TokenOf("auditor")).ListEventsAsync(type: "TokenCreated", cancellationToken: Token).ToListAsync(Token)).Count.ShouldBe(ServedProject.Roles.Count);
        (await Client.WhoAmIAsync(Token)).ShouldBe(new Identity("a-operator", "operator"));
        (await Client.GetPipelineAsync("idle", Token)).Definition.GetProperty("vars").GetProperty("region").GetString().ShouldBe("eu");
    }
}
