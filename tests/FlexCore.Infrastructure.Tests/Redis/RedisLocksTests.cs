using FlexCore.Infrastructure.Redis;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.Redis;

public sealed class RedisLocksTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private RedisServer _server = null!;
    private RedisClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private RedisLocks Locks => new(_client, TimeProvider.System);

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _client = RedisClientTests.Connect(_server.ConnectionString);
    }

    [Fact]
    public async Task Of_many_who_want_a_lock_one_has_it_and_each_one_after_it_has_a_greater_token()
    {
        long last = 0;
        for (var round = 0; round < 5; round++)
        {
            var tries = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => await Locks.TryAcquireAsync("one", Long, Token)));
            await using var held = tries.OfType<RedisLock>().ShouldHaveSingleItem();
            held.Token.ShouldBeGreaterThan(last);
            last = held.Token;
        }
    }

    [Fact]
    public async Task A_lock_is_kept_longer_than_its_lease_while_its_holder_lives_and_leaves_no_key_of_its_own()
    {
        await using (var held = (await Locks.TryAcquireAsync("kept", Lease, Token)).ShouldNotBeNull())
        {
            var until = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(until) < 3 * Lease)
            {
                (await Locks.TryAcquireAsync("kept", Lease, Token)).ShouldBeNull();
                await Task.Delay(20, Token);
            }

            held.Lost.IsCancellationRequested.ShouldBeFalse();
        }

        (await _server.AskAsync("DBSIZE")).ShouldBe(":1");
    }

    [Fact]
    public async Task A_holder_hears_that_its_lock_was_lost_and_does_not_give_back_what_is_another_ones()
    {
        var held = (await Locks.TryAcquireAsync("lost", Lease, Token)).ShouldNotBeNull();
        await _client.DeleteAsync(["lock:lost"], Token);
        await using var another = (await Locks.TryAcquireAsync("lost", Long, Token)).ShouldNotBeNull();

        await Should.ThrowAsync<OperationCanceledException>(async () => await Task.Delay(Patience, held.Lost));

        await held.DisposeAsync();
        (await Locks.TryAcquireAsync("lost", Long, Token)).ShouldBeNull();
        another.Token.ShouldBeGreaterThan(held.Token);
    }

    [Fact]
    public async Task A_lock_outlives_a_connection_that_breaks_and_is_lost_with_the_server()
    {
        await using var held = (await Locks.TryAcquireAsync("broken", TimeSpan.FromSeconds(3), Token)).ShouldNotBeNull();
        (await _server.AskAsync("CLIENT KILL TYPE normal SKIPME yes")).ShouldNotBeNull();
        await Task.Delay(TimeSpan.FromSeconds(4), held.Lost);

        await _server.KillAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () => await Task.Delay(Patience, held.Lost));
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }
}
