using System.Security.Cryptography;
using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Redis;
using FlexCore.Infrastructure.SecretSources;
using FlexCore.Infrastructure.Tests.Redis;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.SecretSources;

public abstract class CachedSecretsConformance : IAsyncLifetime
{
    private static readonly SecretCacheOptions Options = new() { KeptFor = TimeSpan.FromMinutes(5), MissingFor = TimeSpan.FromSeconds(30), StaleFor = TimeSpan.FromMinutes(10) };
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private readonly Place _place = new();
    private readonly Clock _clock = new();
    private readonly List<CachedSecrets> _opened = [];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected TimeProvider Time => _clock;

    protected abstract ISecretCacheStore Store { get; }

    [Fact]
    public async Task Secret_is_asked_for_once_while_it_is_kept()
    {
        var secrets = Open();

        for (var read = 0; read < 10; read++) (await secrets.FindAsync("key", version: null, Token)).ShouldNotBeNull().Value.ShouldBe("value-canary");
        _place.Asked.ShouldBe(1);

        _clock.Now += TimeSpan.FromMinutes(6);
        await secrets.FindAsync("key", version: null, Token);
        _place.Asked.ShouldBe(2);
    }

    [Fact]
    public async Task Many_who_want_a_secret_at_once_ask_for_it_once_and_one_who_gives_up_ends_it_for_nobody()
    {
        var secrets = Open();
        _place.Gate = new TaskCompletionSource();
        using var impatient = new CancellationTokenSource();
        var first = secrets.FindAsync("key", version: null, impatient.Token).AsTask();
        var others = Enumerable.Range(0, 20).Select(_ => secrets.FindAsync("key", version: null, Token).AsTask()).ToList();
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);

        _place.Gate.SetResult();

        (await Task.WhenAll(others)).ShouldAllBe(secret => secret!.Value == "value-canary");
        _place.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task That_there_is_no_secret_is_kept_for_a_shorter_while()
    {
        var secrets = Open();
        (await secrets.FindAsync("nothing", version: null, Token)).ShouldBeNull();
        (await secrets.FindAsync("nothing", version: null, Token)).ShouldBeNull();
        _place.Asked.ShouldBe(1);

        _clock.Now += TimeSpan.FromSeconds(31);
        await secrets.FindAsync("nothing", version: null, Token);
        _place.Asked.ShouldBe(2);
    }

    [Fact]
    public async Task Secret_is_used_longer_while_its_place_is_away_and_not_when_the_place_refuses()
    {
        var secrets = Open();
        await secrets.FindAsync("key", version: null, Token);
        _clock.Now += TimeSpan.FromMinutes(6);

        _place.Failure = ErrorCodes.SystemUnreachable;
        (await secrets.FindAsync("key", version: null, Token)).ShouldNotBeNull().Value.ShouldBe("value-canary");
        _place.Failure = ErrorCodes.SystemAccessRefused;
        (await Should.ThrowAsync<FlexCoreException>(async () => await secrets.FindAsync("key", version: null, Token))).Error.Code.ShouldBe(ErrorCodes.SystemAccessRefused);
        (await Should.ThrowAsync<FlexCoreException>(async () => await secrets.FindAsync("other", version: null, Token))).Error.Code.ShouldBe(ErrorCodes.SystemAccessRefused);
    }

    [Fact]
    public async Task Rotated_secret_is_asked_for_again_when_it_is_told_and_its_versions_stay()
    {
        var secrets = Open();
        await secrets.FindAsync("key", version: null, Token);
        await secrets.FindAsync("key", "1", Token);
        _place.Value = "rotated-canary";

        (await secrets.FindAsync("key", version: null, Token)).ShouldNotBeNull().Value.ShouldBe("value-canary");
        await secrets.InvalidateAsync("key", Token);

        (await secrets.FindAsync("key", version: null, Token)).ShouldNotBeNull().Value.ShouldBe("rotated-canary");
        (await secrets.FindAsync("key", "1", Token)).ShouldNotBeNull().Value.ShouldBe("value-canary");
    }

    [Fact]
    public async Task What_is_kept_is_encrypted_and_good_for_its_own_place_alone()
    {
        var secrets = Open();
        await secrets.FindAsync("key", version: null, Token);
        var kept = (await Store.GetAsync("key", Token)).ShouldNotBeNull();

        Encoding.UTF8.GetString(kept.Span).ShouldNotContain("canary");
        await Store.SetAsync("another", kept, TimeSpan.FromMinutes(1), Token);
        await secrets.FindAsync("another", version: null, Token);
        _place.Asked.ShouldBe(2);

        using var stranger = new CachedSecrets(_place, Store, RandomNumberGenerator.GetBytes(32), Options, Time);
        await stranger.FindAsync("key", version: null, Token);
        _place.Asked.ShouldBe(3);
    }

    public virtual ValueTask InitializeAsync() => default;

    public virtual ValueTask DisposeAsync()
    {
        foreach (var secrets in _opened) secrets.Dispose();
        GC.SuppressFinalize(this);
        return default;
    }

    protected CachedSecrets Open()
    {
        var secrets = new CachedSecrets(_place, Store, Key, Options, Time);
        _opened.Add(secrets);
        return secrets;
    }

    private sealed class Place : ISecretSource
    {
        private int _asked;

        public int Asked => _asked;

        public string Value { get; set; } = "value-canary";

        public ErrorCode? Failure { get; set; }

        public TaskCompletionSource? Gate { get; set; }

        public async ValueTask<SourcedSecret?> FindAsync(string name, string? version, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            if (Gate is { } gate) await gate.Task;
            if (Failure is { } code) throw new FlexCoreException(new Error(code, "away"));
            return name == "nothing" ? null : new SourcedSecret(Value, version ?? "1", SetAt: null);
        }

        public ValueTask<IReadOnlyList<(string Name, DateTimeOffset? SetAt)>> ListAsync(CancellationToken cancellationToken) => new([("key", null)]);
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

public sealed class CachedSecretsInMemory : CachedSecretsConformance
{
    private MemorySecretCache? _store;

    protected override ISecretCacheStore Store => _store ??= new(Time);

    [Fact]
    public async Task Memory_keeps_no_more_than_it_may()
    {
        var store = new MemorySecretCache(Time, most: 10);
        for (var number = 0; number < 100; number++) await store.SetAsync($"key-{number}", new byte[] { 1 }, TimeSpan.FromMinutes(1), Token);

        var kept = 0;
        for (var number = 0; number < 100; number++) kept += await store.GetAsync($"key-{number}", Token) is null ? 0 : 1;
        kept.ShouldBeInRange(1, 10);
    }
}

public sealed class CachedSecretsInRedis : CachedSecretsConformance
{
    private RedisServer _server = null!;
    private RedisClient _client = null!;

    protected override ISecretCacheStore Store => new RedisSecretCache(_client);

    public override async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _client = RedisClientTests.Connect(_server.ConnectionString);
    }

    [Fact]
    public async Task Processes_that_share_Redis_and_the_key_ask_once_together()
    {
        await Open().FindAsync("key", version: null, Token);

        (await Open().FindAsync("key", version: null, Token)).ShouldNotBeNull().Value.ShouldBe("value-canary");
        (await _server.AskAsync("EXISTS secret:key")).ShouldBe(":1");
    }

    [Fact]
    public async Task While_Redis_is_away_secrets_come_from_their_place()
    {
        var secrets = Open();
        await _server.KillAsync();

        (await secrets.FindAsync("key", version: null, Token)).ShouldNotBeNull().Value.ShouldBe("value-canary");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
