using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.MongoDb;
using FlexCore.Testing;
using static FlexCore.Infrastructure.MongoDb.MongoDbDocument;

namespace FlexCore.Infrastructure.Tests.MongoDb;

/// <summary>Calls that are given up, servers that go, and clients that are closed.</summary>
public sealed class MongoDbEndingTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private MongoDbStandIn _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await MongoDbStandIn.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Call_that_takes_too_long_is_given_up_and_its_connection_is_another_for_the_next()
    {
        await using var client = SharedMongoDb.Connect(_server.Address, options => (options.PoolSize, options.Timeout) = (1, TimeSpan.FromSeconds(4)));
        await HangAsync("find", times: 1, TimeSpan.FromMinutes(1));

        (await MongoDbClientTests.FailureAsync(() => FindAsync(client, Token))).Code.ShouldBe(ErrorCodes.SystemTimedOut);

        (await FindAsync(client, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Many_callers_who_give_up_leave_a_client_that_works()
    {
        await using var client = SharedMongoDb.Connect(_server.Address, options => (options.PoolSize, options.Timeout) = (4, TimeSpan.FromSeconds(3)));
        await HangAsync("find", times: 4, TimeSpan.FromMinutes(1));
        using var gaveUp = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 20).Select(_ => FindAsync(client, gaveUp.Token).AsTask()).ToList();
        await WaitUntilHangingAsync(4);

        await gaveUp.CancelAsync();

        foreach (var caller in callers) await Should.ThrowAsync<OperationCanceledException>(async () => await caller.WaitAsync(Patience, Token));

        // The four connections come back when the driver gives up, soon after a call of now would.
        await WaitUntilAsync(async () => await Record.ExceptionAsync(async () => await FindAsync(client, Token)) is null);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => FindAsync(client, Token).AsTask()));
    }

    [Fact]
    public async Task Answer_that_is_given_up_in_its_middle_gives_its_connection_back()
    {
        await using var client = SharedMongoDb.Connect(_server.Address, options => (options.PoolSize, options.Timeout) = (1, TimeSpan.FromSeconds(4)));
        await client.InsertManyAsync("orders", [.. Enumerable.Range(0, 1000).Select(number => Parse($$"""{"_id": {{number}}}"""))], isOrdered: false, Token);
        await HangAsync("getMore", times: 1, TimeSpan.FromMinutes(1));

        (await Should.ThrowAsync<FlexCoreException>(async () => await client.FindAsync(new MongoDbFind("orders") { BatchSize = 300 }, Token).CountAsync(Token))).Error.Code.ShouldBe(ErrorCodes.SystemTimedOut);

        (await client.FindAsync(new MongoDbFind("orders"), Token).CountAsync(Token)).ShouldBe(1000);
    }

    [Fact]
    public async Task Client_that_is_closed_lets_what_is_under_way_end()
    {
        var client = SharedMongoDb.Connect(_server.Address);
        await HangAsync("find", times: 1, TimeSpan.FromSeconds(1));
        var underWay = FindAsync(client, Token).AsTask();
        await WaitUntilHangingAsync(1);

        await client.CloseAsync(Token);

        (await underWay.WaitAsync(Patience, Token)).ShouldBeNull();
        await WaitUntilAsync(() => Task.FromResult(_server.Connections == 0));
    }

    [Fact]
    public async Task Client_that_cannot_wait_for_its_end_says_so_and_frees_nothing_beneath_a_call()
    {
        var client = SharedMongoDb.Connect(_server.Address);
        await FindAsync(client, Token);
        await HangAsync("find", times: 1, TimeSpan.FromSeconds(1));
        var underWay = FindAsync(client, Token).AsTask();
        await WaitUntilHangingAsync(1);

        (await Should.ThrowAsync<AggregateException>(async () => await client.CloseAsync(new CancellationToken(canceled: true)))).InnerExceptions.ShouldHaveSingleItem().ShouldBeAssignableTo<OperationCanceledException>();

        (await underWay.WaitAsync(Patience, Token)).ShouldBeNull();
        await WaitUntilAsync(() => Task.FromResult(_server.Connections == 0));
    }

    [Fact]
    public async Task Health_of_a_server_that_hangs_keeps_one_connection_however_often_it_is_looked_at()
    {
        await using var client = SharedMongoDb.Connect(_server.Address, options => options.Health.Timeout = TimeSpan.FromMilliseconds(50));
        await HangAsync("ping", times: 10, TimeSpan.FromMinutes(1));

        for (var look = 0; look < 10; look++) (await Should.ThrowAsync<FlexCoreException>(async () => await client.CheckHealthAsync(Token))).Error.Code.ShouldBe(ErrorCodes.SystemTimedOut);

        await WaitUntilHangingAsync(1);
        await _server.KillAsync();
    }

    [Fact]
    public async Task Server_that_was_killed_is_used_again_when_it_is_back()
    {
        await using var client = SharedMongoDb.Connect(_server.Address, options => (options.SelectionTimeout, options.Retry.Attempts) = (TimeSpan.FromSeconds(1), 2));
        await client.InsertAsync("orders", Parse("""{"_id": 1}"""), Token);

        await _server.KillAsync();
        (await MongoDbClientTests.FailureAsync(() => FindAsync(client, Token))).Code.ShouldBe(ErrorCodes.SystemUnreachable);
        (await Should.ThrowAsync<FlexCoreException>(async () => await client.CheckHealthAsync(Token))).Error.Code.ShouldBe(ErrorCodes.SystemUnreachable);
        await _server.RestartAsync();

        (await FindAsync(client, Token)).ShouldBeNull();
        await client.InsertAsync("orders", Parse("""{"_id": 1}"""), Token);
    }

    [Fact]
    public async Task Many_callers_at_once_share_the_connections_that_there_may_be()
    {
        await using var client = SharedMongoDb.Connect(_server.Address, options => options.PoolSize = 5);

        await Task.WhenAll(Enumerable.Range(0, 500).Select(number => client.InsertAsync("orders", Parse($$"""{"number": {{number}}}"""), Token).AsTask()));

        (await client.CountAsync("orders", Empty, Token)).ShouldBe(500);

        // And one or two that watch the server.
        _server.Connections.ShouldBeInRange(2, 7);
    }

    private static ValueTask<MongoDbDocument?> FindAsync(MongoDbClient client, CancellationToken token) => client.FindOneAsync(new MongoDbFind("nothing"), token);

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await condition()) await Task.Delay(10, limit.Token);
    }

    private async Task WaitUntilHangingAsync(int calls)
    {
        await using var client = SharedMongoDb.Connect(_server.Address);
        await WaitUntilAsync(async () =>
            (await client.RunCommandAsync(Parse("""{"serverStatus": 1}"""), mayRepeat: true, Token)).ToJson(MongoDbJson.Relaxed).GetProperty("globalLock").GetProperty("currentQueue").GetProperty("total").GetInt32() == calls);
    }

    private async Task HangAsync(string command, int times, TimeSpan time)
    {
        await using var client = SharedMongoDb.Connect(_server.Address, options => options.Database = "admin");
        await client.RunCommandAsync(
            Parse($$$"""{"configureFailPoint": "failCommand", "mode": {"times": {{{times}}}}, "data": {"failCommands": ["{{{command}}}"], "blockConnection": true, "blockTimeMS": {{{time.TotalMilliseconds}}}}}"""),
            mayRepeat: true,
            Token);
    }
}
