using System.Runtime.InteropServices;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.MongoDb;
using FlexCore.Testing;
using static FlexCore.Infrastructure.MongoDb.MongoDbDocument;

namespace FlexCore.Infrastructure.Tests.MongoDb;

/// <summary>Calls that are given up, servers that go, clients that are closed, and what is left of it all.</summary>
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
        await using var client = SharedMongoDb.Connect(_server.Address, options => (options.PoolSize, options.Timeout) = (1, TimeSpan.FromSeconds(2)));
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

        await gaveUp.CancelAsync();

        foreach (var caller in callers) await Should.ThrowAsync<OperationCanceledException>(async () => await caller.WaitAsync(Patience, Token));
        (await FindAsync(client, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Answer_that_is_given_up_in_its_middle_gives_its_connection_back()
    {
        await using var client = SharedMongoDb.Connect(_server.Address, options => (options.PoolSize, options.Timeout) = (1, TimeSpan.FromSeconds(2)));
        await client.InsertManyAsync("orders", [.. Enumerable.Range(0, 1000).Select(number => Parse($$"""{"_id": {{number}}}"""))], isOrdered: false, Token);
        await HangAsync("getMore", times: 1, TimeSpan.FromMinutes(1));

        (await Should.ThrowAsync<FlexCoreException>(async () => await client.FindAsync(new MongoDbFind("orders") { BatchSize = 300 }, Token).CountAsync(Token))).Error.Code.ShouldBe(ErrorCodes.SystemTimedOut);

        (await client.FindAsync(new MongoDbFind("orders"), Token).CountAsync(Token)).ShouldBe(1000);
    }

    [Fact]
    public async Task Client_that_is_closed_lets_what_is_under_way_end()
    {
        var client = SharedMongoDb.Connect(_server.Address);
        await HangAsync("find", times: 1, TimeSpan.FromMilliseconds(500));
        var underWay = FindAsync(client, Token).AsTask();
        await WaitUntilAsync(() => Task.FromResult(_server.Connections > 0));

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

        (await Should.ThrowAsync<AggregateException>(async () => await client.CloseAsync(new CancellationToken(canceled: true)))).InnerExceptions.ShouldHaveSingleItem().ShouldBeAssignableTo<OperationCanceledException>();

        (await underWay.WaitAsync(Patience, Token)).ShouldBeNull();
        await WaitUntilAsync(() => Task.FromResult(_server.Connections == 0));
    }

    [Fact]
    public async Task Health_of_a_server_that_hangs_keeps_one_connection_however_often_it_is_looked_at()
    {
        await using var client = SharedMongoDb.Connect(_server.Address, options => (options.Timeout, options.Health.Timeout) = (TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(50)));
        await client.CheckHealthAsync(Token);
        var before = _server.Connections;
        await HangAsync("ping", times: 1, TimeSpan.FromSeconds(2));

        for (var look = 0; look < 10; look++) (await Should.ThrowAsync<FlexCoreException>(async () => await client.CheckHealthAsync(Token))).Error.Code.ShouldBe(ErrorCodes.SystemTimedOut);

        _server.Connections.ShouldBeLessThanOrEqualTo(before);
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

    [Fact]
    public async Task Thousands_of_operations_leave_no_memory_behind_that_the_collector_does_not_see()
    {
        await using var client = SharedMongoDb.Connect(_server.Address, options => options.PoolSize = 4);
        var text = new string('x', 10_000);
        await WorkAsync(0, 300);
        var before = NativeBytes();

        await WorkAsync(300, 2000);

        // A handle that is left behind once in each round, of the smallest kind, would be more than this.
        (NativeBytes() - before).ShouldBeLessThan(3_000_000);

        Task WorkAsync(int first, int rounds) => Parallel.ForEachAsync(Enumerable.Range(first, rounds), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token }, async (number, token) =>
        {
            var collection = $"orders-{number % 10}";
            var document = Parse($$"""{"_id": {{number}}, "text": "{{text}}"}""");
            await client.InsertAsync(collection, document, token);
            await Should.ThrowAsync<FlexCoreException>(async () => await client.InsertAsync(collection, document, token));
            await client.UpdateOneAsync(collection, new MongoDbUpdate(Parse($$"""{"_id": {{number}}}"""), Parse("""{"$set": {"text": "y"}}""")), token);
            await client.FindAndModifyAsync(collection, new MongoDbFindAndModify(Parse($$"""{"_id": {{number}}}"""), document), token);
            (await client.FindAsync(new MongoDbFind(collection) { Limit = 20, BatchSize = 5 }, token).FirstAsync(token)).ToJson(MongoDbJson.Canonical).GetProperty("text").GetString().ShouldBe(text);
            await Should.ThrowAsync<FlexCoreException>(async () => await client.RunCommandAsync(Parse("""{"nothing": 1}"""), mayRepeat: false, token));
            Should.Throw<FormatException>(() => Parse("""{"_id": {"$oid": "x"}}"""));
            if (number >= 50) await client.DeleteManyAsync(collection, Parse($$"""{"_id": {{number}}}"""), token);
        });
    }

    private static ValueTask<MongoDbDocument?> FindAsync(MongoDbClient client, CancellationToken token) => client.FindOneAsync(new MongoDbFind("nothing"), token);

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await condition()) await Task.Delay(10, limit.Token);
    }

    private static long NativeBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var memory = MemoryInUse();
        return (long)(memory.InUse + memory.Mapped);
    }

    private async Task HangAsync(string command, int times, TimeSpan time)
    {
        await using var client = SharedMongoDb.Connect(_server.Address, options => options.Database = "admin");
        await client.RunCommandAsync(
            Parse($$$"""{"configureFailPoint": "failCommand", "mode": {"times": {{{times}}}}, "data": {"failCommands": ["{{{command}}}"], "blockConnection": true, "blockTimeMS": {{{time.TotalMilliseconds}}}}}"""),
            mayRepeat: true,
            Token);
    }

    [DllImport("libc", EntryPoint = "mallinfo2")]
    private static extern Malloc MemoryInUse();

    /// <summary>mallinfo(3).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Malloc
    {
        private readonly nuint _arena;
        private readonly nuint _freeChunks;
        private readonly nuint _fastFreeChunks;
        private readonly nuint _mappedRegions;

        public readonly nuint Mapped;

        private readonly nuint _most;
        private readonly nuint _fastFree;

        public readonly nuint InUse;

        private readonly nuint _free;
        private readonly nuint _top;
    }
}
