using System.Security.Cryptography;
using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Caching;
using FlexCore.Infrastructure.SecretSources;
using FlexCore.Infrastructure.Tests.Caching;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.SecretSources;

public abstract class CachedSecretsConformance : IAsyncLifetime
{
    private static readonly SecretCacheOptions Options = new() { KeptFor = TimeSpan.FromMinutes(5), MissingFor = TimeSpan.FromSeconds(30), StaleFor = TimeSpan.FromMinutes(10) };
    private static readonly SecretCacheOptions Brief = new() { KeptFor = TimeSpan.FromMilliseconds(50), MissingFor = TimeSpan.FromMilliseconds(50), StaleFor = TimeSpan.FromMinutes(10) };
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private readonly Place _place = new();
    private readonly List<CachedSecrets> _opened = [];
    private Cache? _cache;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected Cache Cache => _cache ??= Nodes.Add(Hurry);

    protected abstract CacheNodes Nodes { get; }

    protected int Asked => _place.Asked;

    protected string Value
    {
        set => _place.Value = value;
    }

    [Fact]
    public async Task Secret_is_asked_for_once_while_it_is_kept()
    {
        var secrets = Open();

        for (var read = 0; read < 10; read++) (await secrets.FindAsync("key", version: null, Token)).ShouldNotBeNull().Value.ShouldBe("value-canary");
        _place.Asked.ShouldBe(1);

        var brief = Open(Brief);
        await brief.FindAsync("another", version: null, Token);
        await CacheNodes.Until(async () => await brief.FindAsync("another", version: null, Token) is not null && _place.Asked > 2);
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

        await secrets.InvalidateAsync("nothing", Token);
        var brief = Open(new SecretCacheOptions { MissingFor = TimeSpan.FromMilliseconds(50) });
        await CacheNodes.Until(async () => await brief.FindAsync("nothing", version: null, Token) is null && _place.Asked > 2);

        // There is no old value of it to use.
        _place.Failure = ErrorCodes.SystemUnreachable;
        await CacheNodes.Until(async () =>
        {
            try
            {
                return await brief.FindAsync("nothing", version: null, Token) is not null;
            }
            catch (FlexCoreException e)
            {
                return e.Error.Code == ErrorCodes.SystemUnreachable;
            }
        });
    }

    [Fact]
    public async Task Secret_is_used_longer_while_its_place_is_away_and_not_when_the_place_refuses()
    {
        var secrets = Open(Brief);
        await secrets.FindAsync("key", version: null, Token);

        _place.Failure = ErrorCodes.SystemUnreachable;
        await CacheNodes.Until(async () => (await secrets.FindAsync("key", version: null, Token))?.Value == "value-canary" && _place.Asked > 2);
        _place.Failure = ErrorCodes.SystemAccessRefused;
        await CacheNodes.Until(async () =>
        {
            try
            {
                return await secrets.FindAsync("key", version: null, Token) is null;
            }
            catch (FlexCoreException e)
            {
                return e.Error.Code == ErrorCodes.SystemAccessRefused;
            }
        });
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
        var (_, kept) = await Cache.FindAsync<byte[]>("secret:key", Token);

        Encoding.UTF8.GetString(kept.ShouldNotBeNull()).ShouldNotContain("canary");
        await Cache.SetAsync("secret:another", kept, entry: null, Token);
        (await secrets.FindAsync("another", version: null, Token)).ShouldNotBeNull();
        _place.Asked.ShouldBe(2);

        using var stranger = new CachedSecrets(_place, Cache, RandomNumberGenerator.GetBytes(32), Options);
        (await stranger.FindAsync("key", version: null, Token)).ShouldNotBeNull().Value.ShouldBe("value-canary");
        _place.Asked.ShouldBe(3);
    }

    public virtual ValueTask InitializeAsync() => default;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var secrets in _opened) secrets.Dispose();
        await Nodes.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected static void Hurry(CacheOptions options) => (options.StaleRetry, options.RefreshAfter) = (TimeSpan.FromMilliseconds(20), 1);

    protected CachedSecrets Open(SecretCacheOptions? options = null, Cache? cache = null)
    {
        var secrets = new CachedSecrets(_place, cache ?? Cache, Key, options ?? Options);
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
}

public sealed class CachedSecretsInMemory : CachedSecretsConformance
{
    protected override CacheNodes Nodes { get; } = new(server: null);
}

public sealed class CachedSecretsInRedis : CachedSecretsConformance
{
    private RedisServer _server = null!;
    private CacheNodes? _nodes;

    protected override CacheNodes Nodes => _nodes ??= new CacheNodes(_server);

    public override async ValueTask InitializeAsync() => _server = await RedisServer.StartAsync();

    [Fact]
    public async Task Processes_that_share_Redis_and_the_key_ask_once_together_and_hear_of_a_rotation()
    {
        var (one, other) = (Open(), Open(cache: Nodes.Add(Hurry)));
        await one.FindAsync("key", version: null, Token);

        (await other.FindAsync("key", version: null, Token)).ShouldNotBeNull().Value.ShouldBe("value-canary");
        Asked.ShouldBe(1);

        Value = "rotated-canary";
        await one.InvalidateAsync("key", Token);
        await CacheNodes.Until(async () => (await other.FindAsync("key", version: null, Token))?.Value == "rotated-canary");
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
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
