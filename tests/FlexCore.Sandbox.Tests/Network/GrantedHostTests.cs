using System.Net;
using System.Net.Sockets;
using FlexCore.Sandbox.Network;

namespace FlexCore.Sandbox.Tests.Network;

/// <summary>What a granted name leads to, whatever its owner says that it stands for.</summary>
public sealed class GrantedHostTests
{
    private const string Public = "192.0.2.1";
    private const string OtherPublic = "192.0.2.2";
    private const string Private = "10.0.0.1";
    private const string OtherPrivate = "10.0.0.2";

    private readonly Clock _clock = new();
    private Func<string[]> _answer = () => [];
    private int _questions;

    [Theory]
    [InlineData(Public, OtherPublic)]
    [InlineData(Private, OtherPrivate)]
    public async Task Name_may_move_among_addresses_of_the_kind_that_it_had_at_first(string first, string second)
    {
        var host = Host();
        (await AskAsync(host, first)).ShouldBe(first);
        (await AskAsync(host, second)).ShouldBe(second);
    }

    [Theory]
    [InlineData(Public, Private)]
    [InlineData(Private, Public)]
    [InlineData(Public, "127.0.0.1")]
    [InlineData(Public, "169.254.169.254")]
    [InlineData(Private, "127.0.0.1")]
    [InlineData(Public, "::ffff:10.0.0.1")]
    public async Task Name_that_moves_to_another_kind_of_address_is_refused_until_it_is_back(string first, string second)
    {
        var host = Host();
        (await AskAsync(host, first)).ShouldBe(first);
        (await AskAsync(host, second)).ShouldBe($"refused {IPAddress.Parse(second)}");
        (await AskAsync(host, first)).ShouldBe(first);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("169.254.169.254")]
    [InlineData("0.0.0.0")]
    [InlineData("fe80::1")]
    public async Task Name_never_leads_to_this_machine_or_to_a_special_address(string address) =>
        (await AskAsync(Host(), address)).ShouldBe($"refused {address}");

    [Fact]
    public async Task Of_a_public_name_no_other_address_is_used()
    {
        var host = Host();
        (await AskAsync(host, "127.0.0.1", Private, Public)).ShouldBe(Public);
        (await AskAsync(host, Private, OtherPublic)).ShouldBe(OtherPublic);
    }

    [Theory]
    [InlineData("localhost", "127.0.0.1 ::1")]
    [InlineData("db.localhost", "127.0.0.1 ::1")]
    [InlineData("10.0.0.5", "10.0.0.5")]
    [InlineData("169.254.169.254", "169.254.169.254")]
    public async Task Address_and_localhost_mean_what_they_say_and_nobody_is_asked(string name, string expected)
    {
        (await AskAsync(Host(name), Public)).ShouldBe(expected);
        _questions.ShouldBe(0);
    }

    [Fact]
    public async Task Answer_is_used_for_a_minute_and_after_that_when_there_is_no_other()
    {
        var host = Host();
        (await AskAsync(host, Public)).ShouldBe(Public);
        _answer = () => throw new SocketException((int)SocketError.TryAgain);

        _clock.Advance(TimeSpan.FromSeconds(59));
        (await AskAsync(host)).ShouldBe(Public);
        _questions.ShouldBe(1);

        _clock.Advance(TimeSpan.FromSeconds(2));
        (await AskAsync(host)).ShouldBe(Public);
        _questions.ShouldBe(2);
    }

    [Fact]
    public async Task Name_that_cannot_be_resolved_is_not_asked_for_at_every_connection()
    {
        var host = Host();
        _answer = () => throw new SocketException((int)SocketError.HostNotFound);
        for (var i = 0; i < 100; i++) (await AskAsync(host)).ShouldBe("");
        _questions.ShouldBe(1);

        _clock.Advance(TimeSpan.FromSeconds(6));
        (await AskAsync(host, Public)).ShouldBe(Public);
    }

    [Fact]
    public async Task Only_one_question_is_under_way_at_a_time()
    {
        var answer = new TaskCompletionSource<IPAddress[]>();
        var host = new GrantedHost("api.example.test", (_, _) => Ask(), TimeProvider.System);

        var all = Enumerable.Range(0, 50).Select(_ => host.ResolveAsync().AsTask()).ToList();
        answer.SetResult([IPAddress.Parse(Public)]);

        foreach (var (usable, _) in await Task.WhenAll(all)) usable.ShouldHaveSingleItem();
        _questions.ShouldBe(1);

        Task<IPAddress[]> Ask()
        {
            Interlocked.Increment(ref _questions);
            return answer.Task;
        }
    }

    private GrantedHost Host(string name = "api.example.test") => new(
        name,
        async (_, _) =>
        {
            await Task.Yield();
            _questions++;
            return [.. _answer().Select(IPAddress.Parse)];
        },
        _clock);

    /// <summary>Asks after the answer before has become old, and tells the addresses that may be used, or the one that was refused.</summary>
    private async Task<string> AskAsync(GrantedHost host, params string[] answer)
    {
        if (answer.Length > 0)
        {
            _answer = () => answer;
            _clock.Advance(TimeSpan.FromMinutes(2));
        }

        var (usable, refused) = await host.ResolveAsync();
        return refused is null ? string.Join(' ', usable) : $"refused {refused}";
    }

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => _now += time.Ticks;

        public override long GetTimestamp() => _now;
    }
}
