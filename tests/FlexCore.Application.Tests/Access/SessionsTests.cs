using FlexCore.Application.Access;
using FlexCore.Application.Bus;
using FlexCore.Application.Tests.Notifications;
using FlexCore.Domain.Access;

namespace FlexCore.Application.Tests.Access;

/// <summary>How long users of an identity provider stay signed in.</summary>
public sealed class SessionsTests : IAsyncLifetime
{
    private static readonly Caller Alice = new("oidc:alice", Role.Operator);

    private readonly TestClock _clock = new();
    private World _world = null!;
    private TokenAuthenticator _tokens = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Sessions Sessions => new(_world.Log, _tokens, _clock);

    public async ValueTask InitializeAsync()
    {
        _world = await World.CreateAsync();
        _tokens = new TokenAuthenticator(_world.Log, _clock);
    }

    public async ValueTask DisposeAsync()
    {
        _tokens.Dispose();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task Session_is_theirs_at_every_node_until_the_provider_no_longer_stands_in_for_them()
    {
        var session = await Sessions.OpenAsync(Alice, _clock.GetUtcNow().AddMinutes(30), Token);

        (await Sessions.FindAsync(session, Token)).ShouldBe(Alice);
        _clock.Advance(TimeSpan.FromMinutes(29));
        (await Sessions.FindAsync(session, Token)).ShouldBe(Alice);
        _clock.Advance(TimeSpan.FromMinutes(1));
        (await Sessions.FindAsync(session, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Session_ends_after_twelve_hours_however_long_the_provider_stands_in_for_them()
    {
        var session = await Sessions.OpenAsync(Alice, _clock.GetUtcNow().AddDays(30), Token);

        for (var hour = 0; hour < 11; hour++)
        {
            _clock.Advance(TimeSpan.FromMinutes(59));
            session = await Sessions.RenewAsync(session, Token);
        }

        (await Sessions.FindAsync(session, Token)).ShouldBe(Alice);
        _clock.Advance(TimeSpan.FromMinutes(59));
        session = await Sessions.RenewAsync(session, Token);
        _clock.Advance(TimeSpan.FromMinutes(13));
        (await Sessions.FindAsync(session, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Session_that_somebody_has_signed_out_of_is_over()
    {
        var session = await Sessions.OpenAsync(Alice, _clock.GetUtcNow().AddHours(1), Token);

        await Sessions.CloseAsync(session, Alice, Token);

        (await Sessions.FindAsync(session, Token)).ShouldBeNull();
    }
}
