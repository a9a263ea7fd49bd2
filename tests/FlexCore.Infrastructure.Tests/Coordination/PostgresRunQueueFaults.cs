using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Testing;
using Npgsql;

namespace FlexCore.Infrastructure.Tests.Coordination;

/// <summary>What the queue makes of a server and a network that fail.</summary>
public sealed class PostgresRunQueueFaults
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Server_that_is_killed_and_started_again_is_gone_on_with()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var process = await PostgresQueuePlace.OpenAsync(server.ConnectionString, "flexcore", TimeSpan.FromSeconds(30));
        var node = await process.RegisterAsync();
        var run = await process.EnqueueAsync();
        var claim = (await process.ClaimAsync(node)).ShouldHaveSingleItem();
        await process.ChangeAsync(run, new QueueChange.Hold(claim));
        var waiting = process.Queue.WaitAsync(Long, Token).AsTask();

        await server.KillAsync();
        await server.StartAgainAsync();

        (await process.Queue.RenewAsync(node, Token)).ShouldHaveSingleItem().Claim.ShouldBe(claim);
        await process.ChangeAsync(run, new QueueChange.Finish(claim));
        var next = await process.EnqueueAsync();
        await waiting.WaitAsync(Limit, Token);
        (await process.ClaimAsync(node)).ShouldHaveSingleItem().RunId.ShouldBe(next);
    }

    [Fact]
    public async Task Nodes_get_time_to_be_heard_of_after_the_server_was_down_for_longer_than_a_lease()
    {
        var lease = TimeSpan.FromSeconds(2);
        await using var server = await PostgresServer.StartAsync();
        await using var process = await PostgresQueuePlace.OpenAsync(server.ConnectionString, "flexcore", lease);
        var (one, two) = (await process.RegisterAsync(), await process.RegisterAsync());
        var run = await process.EnqueueAsync();
        var claim = (await process.ClaimAsync(one)).ShouldHaveSingleItem();
        await process.ChangeAsync(run, new QueueChange.Hold(claim));

        await server.KillAsync();
        await Task.Delay(lease, Token);
        await server.StartAgainAsync();

        await process.Queue.RenewAsync(two, Token);
        (await process.Queue.RenewAsync(one, Token)).ShouldHaveSingleItem().Claim.ShouldBe(claim);
    }

    [Fact]
    public async Task Runs_that_were_claimed_when_the_answer_got_lost_come_with_the_next_claim()
    {
        var server = new NpgsqlConnectionStringBuilder(PostgresFixture.ConnectionString);
        await using var proxy = new CuttingProxy(server.Port);
        server.Port = proxy.Port;
        await using var process = await PostgresQueuePlace.OpenAsync(server.ConnectionString, "lost_claims", Long);
        var node = await process.RegisterAsync();
        var runs = await process.EnqueueManyAsync(6);
        var claims = new List<RunClaim>(await process.ClaimAsync(node, 2));

        for (var i = 1; i <= 2; i++)
        {
            proxy.CutNextAnswer();
            claims.AddRange(await process.ClaimAsync(node, 2));
            proxy.Cuts.ShouldBe(i);
        }

        claims.Select(claim => claim.RunId).Order().ShouldBe(runs.Order());
        claims.ShouldAllBe(claim => claim.Epoch == 1);
    }

    [Fact]
    public async Task Server_that_is_not_there_is_an_unavailable_store()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var process = await PostgresQueuePlace.OpenAsync(server.ConnectionString, "flexcore", Long);
        var node = await process.RegisterAsync();

        await server.KillAsync();

        (await Should.ThrowAsync<FlexCoreException>(() => process.ClaimAsync(node))).Error.Code.ShouldBe(ErrorCodes.StoreUnavailable);
    }
}
