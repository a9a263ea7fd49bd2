using FlexCore.Application.Access;
using FlexCore.Application.Bus;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Application.Scheduling;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Tests.Access;

/// <summary>A token for some pipelines, and what it is asked about.</summary>
public sealed class RoleAndScopePolicyTests : IAsyncLifetime
{
    private static readonly Caller Ci = new("ci", Role.Operator) { Scope = new PipelineScope(["orders"]) };

    private World _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await World.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Pipeline_within_the_scope_may_be_asked_about_and_another_may_not()
    {
        (await RefuseAsync(Reach.Of("orders"))).ShouldBeNull();
        (await RefuseAsync(Reach.Of("people"))).ShouldBe("reaches beyond the pipelines that the token is for: orders");
        (await RefuseAsync(Reach.Of(null))).ShouldBeNull("what is listed is within the scope");
        (await RefuseAsync(Reach.All)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Role_is_looked_at_first_and_whoever_has_no_scope_may_ask_about_all()
    {
        (await Policy.RefuseAsync(Ci, Permission.Administer, Reach.Of("orders"), Token)).ShouldBe("needs the permission 'administer'");
        (await Policy.RefuseAsync(Ci with { Scope = null }, Permission.Operate, Reach.All, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Run_backfill_and_dead_letters_belong_to_their_pipeline_and_what_is_not_there_to_nobody()
    {
        var (own, other) = (await RunAsync("orders"), await RunAsync("people"));
        (await RefuseAsync(new Reach.OfRuns(own))).ShouldBeNull();
        (await RefuseAsync(new Reach.OfRuns(own, other))).ShouldNotBeNull();
        (await RefuseAsync(new Reach.OfRuns(Guid.CreateVersion7()))).ShouldBeNull();

        (await RefuseAsync(new Reach.OfBackfill(await BackfillAsync("orders")))).ShouldBeNull();
        (await RefuseAsync(new Reach.OfBackfill(await BackfillAsync("people")))).ShouldNotBeNull();
        (await RefuseAsync(new Reach.OfBackfill(Guid.CreateVersion7()))).ShouldBeNull();

        var letters = await _world.KeepAsync(Some.Letter(), Some.Letter("people"));
        (await RefuseAsync(new Reach.OfDeadLetters(letters[0].Id, Guid.CreateVersion7()))).ShouldBeNull();
        (await RefuseAsync(new Reach.OfDeadLetters(letters[0].Id, letters[1].Id))).ShouldNotBeNull();
    }

    [Fact]
    public async Task Request_that_says_nothing_of_pipelines_is_about_more_than_any()
    {
        IRequest<SystemMetrics> totals = new GetSystemMetrics();
        IRequest<IReadOnlyList<PipelineChange>> plan = new PlanPipelines(new DeclaredPipelines([], Activates: false, Prunes: false));

        (await RefuseAsync(totals.Reach)).ShouldNotBeNull();
        (await RefuseAsync(plan.Reach)).ShouldNotBeNull("a definition names secrets, files and other pipelines");
    }

    [Fact]
    public void Request_says_which_pipelines_it_is_about_unless_it_is_one_of_these()
    {
        var silent = typeof(IRequest<>).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.GetInterfaces().Any(each => each.IsGenericType && each.GetGenericTypeDefinition() == typeof(IRequest<>)) && type.GetProperty(nameof(IRequest<int>.Reach)) is null)
            .Select(type => type.Name).Order(StringComparer.Ordinal);

        // What is added here is refused to whoever has a token for some pipelines only.
        silent.ShouldBe(
        [
            "ApplyPipelines", "AuditPlugins", "CreatePipeline", "CreateToken", "DeleteCatalogEntry", "DeleteSecret", "DiagnoseMachine", "DisablePlugin", "DiscoverPlugin", "DrainNode", "EnablePlugin", "ExecutePlugin", "ExportEvents",
            "GetCatalogEntry", "GetLogKey", "GetSystemMetrics", "GrantCapabilities", "ListActivePlugins", "ListCatalog", "ListEvents", "ListNodes", "ListSecrets", "ListTokens", "ListWorkers", "PlanPipelines", "ProveEvent", "ProveGrowth", "PutCatalogEntry",
            "ReceiveWebhook", "RegisterPlugin", "RegisterSentPlugin", "ReleaseWorker", "RemovePlugin", "ReplayEventsQuery", "RevisePipeline", "RevokeCapabilities", "RevokeToken", "SetSecret", "ShowEvent",
            "ShowPlugin", "TestChannel", "UpgradePlugin", "UpgradeSentPlugin", "ValidatePipeline", "VerifyHistory",
        ]);
    }

    [Fact]
    public async Task Run_that_is_not_named_by_its_whole_id_is_looked_for_within_the_scope()
    {
        var (own, other) = (await RunAsync("orders"), await RunAsync("people"));

        (await RefuseAsync(new ShowRun(other.ToString("N")).Reach)).ShouldNotBeNull();
        (await _world.Runs.HandleAsync(new ShowRun("latest"), Ci, Token)).Value.State.RunId.ShouldBe(own);
        (await _world.Runs.HandleAsync(new ShowRun(own.ToString()[^12..]), Ci, Token)).Value.State.RunId.ShouldBe(own);
        (await _world.Runs.HandleAsync(new ShowRun(other.ToString()[^12..]), Ci, Token)).Errors[0].Code.ShouldBe(ErrorCodes.NotFound);
        (await _world.ShowRunAsync("latest")).Value.State.RunId.ShouldBe(other);
    }

    [Fact]
    public async Task Backfills_are_listed_to_the_limit_however_many_others_are_between_them()
    {
        var own = new List<Guid>();
        for (var i = 0; i < 9; i++)
        {
            if (i % 3 == 0) own.Add(await BackfillAsync("orders"));
            else await BackfillAsync("people");
        }

        // Two of one millisecond have no order but that of their ids.
        own = [.. own.OrderByDescending(id => id.ToString(), StringComparer.Ordinal)];
        (await ListAsync(2, Ci)).ShouldBe(own.Take(2));
        (await ListAsync(10, Ci)).ShouldBe(own);
        (await ListAsync(4, Some.Caller)).Count.ShouldBe(4);

        async Task<List<Guid>> ListAsync(int limit, Caller caller) =>
            [.. (await new ListBackfillsHandler(_world.Log).HandleAsync(new ListBackfills(limit), caller, Token)).Value.Select(each => each.Backfill.Id)];
    }

    private RoleAndScopePolicy Policy => new(_world.Log, _world.DeadLetters);

    private ValueTask<string?> RefuseAsync(Reach reach) => Policy.RefuseAsync(Ci, Permission.Look, reach, Token);

    private async Task<Guid> RunAsync(string pipeline)
    {
        _world.Pipeline = _world.Pipeline.Value with { Name = pipeline };
        return (await _world.RunAsync()).Value.RunId;
    }

    private async Task<Guid> BackfillAsync(string pipeline)
    {
        var id = Guid.CreateVersion7();
        await _world.Log.AppendAsync(EventStreams.Backfill(id), 0, [new BackfillStarted(id, pipeline, [], DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), 1)], EventContext.New(id), Token);
        return id;
    }
}
