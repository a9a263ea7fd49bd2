using FlexCore.Application.Monitoring;
using FlexCore.Application.Plugins;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Tests.Plugins;

public sealed class GrantUseCasesTests : IAsyncLifetime
{
    private static readonly Grant Asks = new(["${input.path}"], [], ["TZ"]);
    private static readonly HostPlaces Host = new("/home/me", "/project");

    private readonly PluginFolder _folders = [];
    private World _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ChangeGrants Changes => new(_world.Log, (written, _) => written);

    public async ValueTask InitializeAsync() => _world = await World.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Registration_puts_what_the_plugin_asks_on_record_and_tells_what_waits()
    {
        (await AddAsync("1", Asks)).Waiting.SaysTheSameAs(Asks).ShouldBeTrue();

        (await _world.EventsAsync(EventStreams.Plugin("report"))).ShouldHaveSingleItem().ShouldBeOfType<PluginRegistered>().Asks!.SaysTheSameAs(Asks).ShouldBeTrue();
    }

    [Fact]
    public async Task Version_that_asks_for_more_is_registered_and_only_the_rest_waits()
    {
        await AddAsync("1", Asks);
        await Changes.HandleAsync(new GrantCapabilities("report", null), Some.Caller, Token);

        var added = await AddAsync("2", Asks with { Net = ["api:443"] });

        added.Waiting.ToString().ShouldBe("net api:443");
        (await _world.Log.ReadPluginAsync("report", Token)).Standing.SaysTheSameAs(Asks).ShouldBeTrue();
    }

    [Fact]
    public async Task Grant_and_revocation_are_on_record_once_each()
    {
        await AddAsync("1", Asks);

        (await Changes.HandleAsync(new GrantCapabilities("report", Grant.None with { Env = ["TZ"] }), Some.Caller, Token)).Value.Changed.ToString().ShouldBe("env TZ");
        (await Changes.HandleAsync(new GrantCapabilities("report", Grant.None with { Env = ["TZ"] }), Some.Caller, Token)).Value.Changed.IsEmpty.ShouldBeTrue();
        var revoked = (await Changes.HandleAsync(new RevokeCapabilities("report", null), Some.Caller, Token)).Value;
        (await Changes.HandleAsync(new RevokeCapabilities("report", null), Some.Caller, Token)).Value.Changed.IsEmpty.ShouldBeTrue();

        (revoked.Changed.ToString(), revoked.Plugin.Standing.IsEmpty).ShouldBe(("env TZ", true));
        (await _world.TypesAsync(EventStreams.Plugin("report"))).ShouldBe(["PluginRegistered", "PluginCapabilityGranted", "PluginCapabilityRevoked"]);
    }

    [Fact]
    public async Task Plugin_that_nobody_registered_is_granted_nothing()
    {
        (await Changes.HandleAsync(new GrantCapabilities("report", null), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
        await _world.RunAsync();
        (await Changes.HandleAsync(new GrantCapabilities("report", null), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
        (await Changes.HandleAsync(new RevokeCapabilities("nobody", null), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Who_decided_and_when_is_told_with_what_it_got_at_each_place()
    {
        var before = TimeProvider.System.GetUtcNow();
        await AddAsync("1", Asks);
        await Changes.HandleAsync(new GrantCapabilities("report", null), Some.Caller, Token);
        await _world.RunAsync();

        var summary = (await new ShowPluginHandler(_world.Log, _folders).HandleAsync(new ShowPlugin("report"), Some.Caller, Token)).Value;

        summary.Decisions.Select(decision => decision.Event.GetType().Name).ShouldBe(["PluginRegistered", "PluginCapabilityGranted"]);
        summary.Decisions.ShouldAllBe(decision => decision.Actor == Some.Caller.Name && decision.At >= before.AddSeconds(-1));
        summary.Plugin.Places.ShouldHaveSingleItem().Grant.ToString().ShouldBe("read /data");
    }

    [Fact]
    public async Task Run_that_was_refused_for_a_missing_grant_is_on_record_with_what_was_missing()
    {
        _world.Pipeline = new Error[]
        {
            new MissingGrant("report", "orders", new Grant(["/data"], [], ["TZ"]), new SourceLocation("orders.yaml", 4, 19), "Grant it."),
            new(ErrorCodes.UnknownKey, "and something else"),
        };

        (await _world.RunAsync()).Errors.Select(error => error.Code).ShouldBe([ErrorCodes.GrantMissing, ErrorCodes.UnknownKey]);

        var refused = (await _world.EventsAsync(EventStreams.Plugin("report"))).ShouldHaveSingleItem().ShouldBeOfType<PluginRefused>();
        (refused.Plugin, refused.Pipeline, string.Join(", ", refused.Missing)).ShouldBe(("report", "orders", "read /data, env TZ"));
        _world.Attempts.ShouldBeEmpty();
    }

    [Fact]
    public async Task Audit_weighs_standing_grants_and_what_was_got_at_places()
    {
        await AddAsync("1", Asks);
        await Changes.HandleAsync(new GrantCapabilities("report", Grant.None with { Env = ["TZ"] }), Some.Caller, Token);
        await _world.RunAsync();

        var audited = (await new AuditPluginsHandler(_folders, _world.Log, default, Host).HandleAsync(new AuditPlugins("report"), Some.Caller, Token)).Value.ShouldHaveSingleItem();

        audited.IsRegistered.ShouldBeTrue();
        audited.Report.Exposures.Select(exposure => exposure.What).ShouldBe(["read /data", "env TZ", "no time limit", "no cpu limit", "no disk limit", "no stdout limit"]);
    }

    [Fact]
    public async Task Audit_does_not_hold_standing_grants_against_a_plugin_of_the_project_that_bears_the_name()
    {
        await AddAsync("1", Asks);
        await Changes.HandleAsync(new GrantCapabilities("report", null), Some.Caller, Token);
        _folders["report"] = PluginFolder.Version("mine", Asks);
        _folders.IsOpenToAnybody = true;

        var audited = (await new AuditPluginsHandler(_folders, _world.Log, default, Host).HandleAsync(new AuditPlugins("report"), Some.Caller, Token)).Value.ShouldHaveSingleItem();

        (audited.IsRegistered, audited.Manifest.Version).ShouldBe((false, "mine"));
        audited.Report.Exposures.Select(exposure => exposure.What).ShouldBe(["writable files", "not registered", "no time limit", "no cpu limit", "no disk limit", "no stdout limit"]);
    }

    [Fact]
    public async Task Audit_of_all_begins_with_the_most_exposed()
    {
        _folders["quiet"] = PluginFolder.Version("1", Grant.None, "quiet");
        await AddAsync("1", Asks);
        await Changes.HandleAsync(new GrantCapabilities("report", null), Some.Caller, Token);

        (await new AuditPluginsHandler(_folders, _world.Log, default, Host).HandleAsync(new AuditPlugins(Name: null), Some.Caller, Token)).Value.Select(plugin => plugin.Manifest.Name).ShouldBe(["report", "quiet"]);
        (await new AuditPluginsHandler(_folders, _world.Log, default, Host).HandleAsync(new AuditPlugins("nobody"), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
    }

    private async Task<AddedPlugin> AddAsync(string version, Grant asks)
    {
        _folders["/source"] = PluginFolder.Version(version, asks);
        var added = (await new RegisterPluginHandler(_folders, _world.Log, new HostIsolation(_world, _world.Log, () => _world.Lowest), (written, _) => written, default, _ => { }).HandleAsync(new RegisterPlugin("/source"), Some.Caller, Token)).Value;
        _folders.Remove("/source");
        return added;
    }
}
