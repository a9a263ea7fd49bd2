using System.Collections.Concurrent;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Redis;
using FlexCore.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace FlexCore.Infrastructure.Tests.Redis;

public sealed class RedisClientTests(SharedRedis redis) : IClassFixture<SharedRedis>, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RedisClient _client = Connect(redis.Server.ConnectionString, $"{Guid.NewGuid():N}:");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Values_of_one_key_and_of_many_are_written_read_and_deleted()
    {
        await _client.SetAsync("a", "1", expiry: null, Token);
        await _client.SetManyAsync([KeyValuePair.Create("b", (RedisValue)new byte[] { 0, 255 }), KeyValuePair.Create("c", (RedisValue)"\u00e9\U0001F600")], Token);

        ((string?)await _client.GetAsync("a", Token)).ShouldBe("1");
        var many = await _client.GetManyAsync(["c", "nothing", "b"], Token);
        ((string?)many[0]).ShouldBe("\u00e9\U0001F600");
        many[1].IsNull.ShouldBeTrue();
        ((byte[]?)many[2]).ShouldBe([0, 255]);
        (await _client.DeleteAsync(["a", "b", "nothing"], Token)).ShouldBe(2);
        (await _client.GetAsync("a", Token)).IsNull.ShouldBeTrue();
    }

    [Fact]
    public async Task Value_with_an_expiry_leaves_by_itself()
    {
        await _client.SetAsync("brief", "1", TimeSpan.FromMilliseconds(50), Token);

        await Until(async () => (await _client.GetAsync("brief", Token)).IsNull);
    }

    [Fact]
    public async Task Nothing_to_read_write_or_delete_is_no_error()
    {
        (await _client.GetManyAsync([], Token)).ShouldBeEmpty();
        await _client.SetManyAsync([], Token);
        (await _client.DeleteAsync([], Token)).ShouldBe(0);
    }

    [Fact]
    public async Task Script_runs_with_its_keys_and_values()
    {
        await _client.SetAsync("n", "40", expiry: null, Token);

        ((long)await _client.EvaluateAsync("return redis.call('INCRBY', KEYS[1], ARGV[1])", ["n"], [2], Token)).ShouldBe(42);
        (await _client.IncrementAsync("n", -2, Token)).ShouldBe(40);
    }

    [Fact]
    public async Task Message_is_heard_by_all_who_listen_in_the_order_in_which_it_was_said()
    {
        ConcurrentQueue<string> first = [], second = [];
        await using var one = await _client.SubscribeAsync("news", message => first.Enqueue(message!), Token);
        await using (await _client.SubscribeAsync("news", message => second.Enqueue(message!), Token))
        {
            for (var number = 0; number < 100; number++) await _client.PublishAsync("news", number, Token);
            await Until(() => Task.FromResult(first.Count == 100 && second.Count == 100));
        }

        await _client.PublishAsync("news", "last", Token);
        await Until(() => Task.FromResult(first.Count == 101));
        first.ShouldBe([.. Enumerable.Range(0, 100).Select(number => $"{number}"), "last"]);
        second.Count.ShouldBe(100);
    }

    [Fact]
    public async Task What_the_server_does_not_take_is_told_by_its_code_and_not_tried_again()
    {
        await _client.SetAsync("text", "no number", expiry: null, Token);

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await _client.IncrementAsync("text", 1, Token));

        failure.Error.Code.ShouldBe(ErrorCodes.SystemRequestRefused);
        failure.Error.Message.ShouldContain("INCRBY");
    }

    [Fact]
    public async Task Wrong_password_is_told_by_its_code_and_does_not_show()
    {
        await using var server = await RedisServer.StartAsync();
        (await server.AskAsync("CONFIG SET requirepass right-canary")).ShouldBe("+OK");
        await using var client = Connect($"{server.ConnectionString},password=wrong-canary");

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await client.GetAsync("key", Token));

        failure.ToString().ShouldNotContain("canary");
    }

    [Fact]
    public async Task Client_goes_on_by_itself_after_the_server_was_killed_and_started_again()
    {
        await using var server = await RedisServer.StartAsync();
        await using var client = Connect(server.ConnectionString, attempts: 50);
        ConcurrentQueue<string> heard = [];
        await using var listening = await client.SubscribeAsync("news", message => heard.Enqueue(message!), Token);
        await client.SetAsync("key", "before", expiry: null, Token);

        await server.KillAsync();
        var meanwhile = client.SetAsync("key", "after", expiry: null, Token).AsTask();
        await server.StartAgainAsync();

        await meanwhile.WaitAsync(Patience, Token);
        ((string?)await client.GetAsync("key", Token)).ShouldBe("after");
        await Until(async () => await client.PublishAsync("news", "back", Token) > 0);
        await Until(() => Task.FromResult(!heard.IsEmpty));
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    internal static RedisClient Connect(string connection, string prefix = "", int attempts = 3)
    {
        var options = new RedisOptions { Connection = connection, Prefix = prefix };
        (options.Retry.Attempts, options.Breaker.Enabled) = (attempts, false);
        return new RedisClient("redis", options, NullLoggerFactory.Instance, TimeProvider.System);
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await condition()) await Task.Delay(10, limit.Token);
    }
}
