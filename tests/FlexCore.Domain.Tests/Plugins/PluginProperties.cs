using FlexCore.Domain.Plugins;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Domain.Tests.Plugins;

/// <summary>What holds of a plugin's grants whatever operators and authors do, in whatever order.</summary>
public sealed class PluginProperties
{
    private static readonly string[] Paths = ["${config.path}", "${config.out}", "/a", "/a/b", "/a/b/c", "/ab", "/c"];
    private static readonly string[] Destinations = ["${config.host}:443", "api:443", "db:5432"];

    [Fact]
    public void Nothing_is_granted_that_the_newest_version_does_not_ask() =>
        Always((_, _, after) =>
        {
            IsAsked(after.Standing.Read, after.Asked.Read).ShouldBeTrue();
            IsAsked(after.Standing.Write, after.Asked.Write).ShouldBeTrue();
            IsAsked(after.Standing.Net, after.Asked.Net).ShouldBeTrue();
            after.Standing.Env.ShouldBeSubsetOf(after.Asked.Env);
            after.Standing.Secrets.ShouldBeSubsetOf(after.Asked.Secrets);

            static bool IsAsked(IReadOnlyList<string> granted, IReadOnlyList<string> asks) =>
                granted.All(item => asks.Contains(item) || (!item.Contains('$', StringComparison.Ordinal) && asks.Any(ask => ask.Contains('$', StringComparison.Ordinal))));
        });

    [Fact]
    public void New_version_never_has_more_than_was_granted_before() =>
        Always((before, command, after) =>
        {
            if (command is Register) after.Standing.Without(before.Standing).IsEmpty.ShouldBeTrue();
        });

    [Fact]
    public void What_was_revoked_is_within_reach_no_more() =>
        Always((before, command, after) =>
        {
            if (command is not Revoke { Unwanted: var unwanted } || !before.Revoke(unwanted).IsSuccess) return;
            Grant.Decide(unwanted, after.Standing, narrowed: null).Missing.SaysTheSameAs(unwanted).ShouldBeTrue();
        });

    [Fact]
    public void Revoking_takes_nothing_that_was_not_named() =>
        Always((before, command, after) =>
        {
            if (command is Revoke { Unwanted: var unwanted })
                Grant.Decide(before.Standing.Without(after.Standing), unwanted, narrowed: null).Missing.Read.ShouldBeEmpty();
        });

    [Fact]
    public void What_waits_is_all_that_a_definite_ask_would_miss() =>
        Always((_, _, after) =>
        {
            var missing = Grant.Decide(after.Asked, after.Standing, narrowed: null).Missing;
            after.Waiting.Without(missing).IsEmpty.ShouldBeTrue();
            missing.Without(after.Waiting).InWords().ShouldAllBe(capability => capability.Contains("${", StringComparison.Ordinal));
        });

    [Fact]
    public void All_that_it_asks_can_be_granted_and_then_nothing_waits() =>
        Always((_, _, after) =>
        {
            if (after.Registered is not null) after.Apply(after.Allow(after.Asked).Value).Waiting.IsEmpty.ShouldBeTrue();
        });

    [Fact]
    public void Same_history_folds_to_the_same_plugin() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Commands.ToArbitrary(), commands =>
        {
            var (events, plugin) = Play(commands, (_, _, _) => { });
            var again = Plugin.From(events);

            again.Standing.SaysTheSameAs(plugin.Standing).ShouldBeTrue();
            again.Waiting.SaysTheSameAs(plugin.Waiting).ShouldBeTrue();
            again.Registrations.ShouldBe(plugin.Registrations);
        }));

    private static void Always(Action<Plugin, object, Plugin> holds) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Commands.ToArbitrary(), commands => Play(commands, holds)));

    /// <summary>Carries commands out, as far as they are not refused, and looks after each.</summary>
    private static (List<IDomainEvent> Events, Plugin Plugin) Play(IEnumerable<object> commands, Action<Plugin, object, Plugin> holds)
    {
        var (events, plugin) = (new List<IDomainEvent>(), Plugin.Unknown);
        foreach (var command in commands)
        {
            IDomainEvent? happened = command switch
            {
                Register { Asks: var asks } => new PluginRegistered("tap", "1", "tap", "d", "/p", asks),
                Allow { Wanted: var wanted } => plugin.Allow(wanted) is { IsSuccess: true, Value: var granted } ? granted : null,
                Revoke { Unwanted: var unwanted } => plugin.Revoke(unwanted) is { IsSuccess: true, Value: var revoked } ? revoked : null,
                _ => throw new InvalidOperationException(),
            };
            var after = happened is null ? plugin : plugin.Apply(happened);
            holds(plugin, command, after);
            if (happened is not null) events.Add(happened);
            plugin = after;
        }

        return (events, plugin);
    }

    private static Gen<Grant> Grants(int most) =>
        from read in Some(Paths, most)
        from write in Some(Paths, most)
        from env in Some(["TZ", "LANG"], most)
        from net in Some(Destinations, most)
        from secrets in Some(["api_key", "token"], most)
        select new Grant(read, write, env, net, secrets);

    private static Gen<List<string>> Some(string[] values, int most) =>
        from count in Gen.Choose(0, most)
        from chosen in Gen.Elements(values).ListOf(count)
        select chosen.Distinct().ToList();

    // Versions that ask for much and commands about little, so that most commands are not refused.
    private static Gen<List<object>> Commands =>
        (from first in Grants(4)
         from rest in Gen.Frequency(
             (1, Grants(4).Select(asks => (object)new Register(asks))),
             (4, Grants(1).Select(wanted => (object)new Allow(wanted))),
             (2, Grants(1).Select(unwanted => (object)new Revoke(unwanted)))).ListOf()
         select (List<object>)[new Register(first), .. rest]);

    private sealed record Register(Grant Asks);

    private sealed record Allow(Grant Wanted);

    private sealed record Revoke(Grant Unwanted);
}
