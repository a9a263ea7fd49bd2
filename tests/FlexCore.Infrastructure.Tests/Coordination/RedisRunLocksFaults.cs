using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.Coordination;

/// <summary>What locks make of a Redis server that is away, or has forgotten everything.</summary>
public sealed class RedisRunLocksFaults : IDisposable
{
    private readonly RedisLockPlace _place = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Server_that_is_killed_and_comes_back_empty_costs_nobody_a_lock_and_gives_none_away()
    {
        await using var server = await RedisServer.StartAsync();
        await using var here = await OpenAsync("here", server);
        await using var there = await OpenAsync("there", server);
        await using (var held = await here.AcquireAsync())
        {
            (await there.TryAcquireAsync()).ShouldBeNull();

            await server.KillAsync();
            await HoldsAsync();
            await server.StartAgainAsync();
            await HoldsAsync();
            await Task.WhenAll(here.RestoredAsync(), there.RestoredAsync());
            await HoldsAsync();

            held.Lost.IsCancellationRequested.ShouldBeFalse();
            await here.AppendAsync(held);
        }

        await using var next = await there.AcquireAsync();
        foreach (var machine in new[] { here, there })
        {
            // Once each time, and not at each try; a machine that is busy may find it away a second time.
            var told = machine.Warnings.Where(warning => warning.Contains("does not answer", StringComparison.Ordinal) || warning.Contains("answers again", StringComparison.Ordinal)).ToList();
            told.Count.ShouldBeGreaterThanOrEqualTo(2);
            told.Index().ShouldAllBe(warning => warning.Item.Contains(warning.Index % 2 == 0 ? "does not answer" : "answers again", StringComparison.Ordinal));
            told.Count.ShouldBe(told.Count / 2 * 2);
        }

        async Task HoldsAsync()
        {
            for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < LockMachine.Lease * 1.5; await Task.Delay(50, Token))
                (await there.TryAcquireAsync()).ShouldBeNull();
        }
    }

    [Fact]
    public async Task Without_a_server_all_is_as_with_it_and_it_is_used_when_it_is_there()
    {
        await using var server = await RedisServer.StartAsync();
        await server.KillAsync();
        await using var here = await OpenAsync("here", server);
        await using var there = await OpenAsync("there", server);
        long token;
        await using (var held = await here.AcquireAsync())
        {
            token = held.Token;
            (await there.TryAcquireAsync()).ShouldBeNull();
        }

        await server.StartAgainAsync();
        await Task.WhenAll(here.RestoredAsync(), there.RestoredAsync());

        await using var next = await there.AcquireAsync();
        next.Token.ShouldBeGreaterThan(token);
        (await server.AskAsync("DBSIZE")).ShouldBe(":1");
        (await here.TryAcquireAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Server_that_has_forgotten_everything_gives_no_token_twice()
    {
        await using var server = await RedisServer.StartAsync();
        await using var here = await OpenAsync("here", server);
        await using var there = await OpenAsync("there", server);
        var first = await here.AcquireAsync();
        await first.DisposeAsync();
        await server.AskAsync("FLUSHALL");

        await using var second = await there.AcquireAsync();

        second.Token.ShouldBeGreaterThan(first.Token);
        await Should.ThrowAsync<Exception>(() => here.AppendAsync(first));
    }

    private Task<LockMachine> OpenAsync(string machine, RedisServer server) => LockMachine.OpenAsync(_place.AddressOf(machine, server.ConnectionString));
}
