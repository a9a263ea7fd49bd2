using FlexCore.Application.Monitoring;
using FlexCore.Application.Plugins;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.Plugins;

/// <summary>Plugins that are disabled, enabled, upgraded and removed.</summary>
public sealed class ChangePluginTests : IAsyncLifetime
{
    private static readonly Grant Asks = new([], [], ["TZ"]);

    private readonly PluginFolder _folders = [];
    private readonly List<string> _said = [];
    private World _world = null!;

    private WrittenLimits Caps { get; set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ChangePlugin Changes => new(_folders, _world.Log);

    private RegisterPluginHandler Registering => new(_folders, _world.Log, new HostIsolation(_world, _world.Log, () => _world.Lowest), (written, _) => written, Caps, _said.Add);

    public async ValueTask InitializeAsync()
    {
        _world = await World.CreateAsync();
        _folders["source"] = PluginFolder.Version("1", Asks);
        await Registering.HandleAsync(new RegisterPlugin("source"), Some.Caller, Token);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Run_with_a_disabled_plugin_does_not_begin_and_says_why_until_the_plugin_is_enabled()
    {
        (await Changes.HandleAsync(new DisablePlugin("report", "it leaks"), Some.Caller, Token)).Value.Plugin.Disabled!.Reason.ShouldBe("it leaks");
        await Changes.HandleAsync(new DisablePlugin("report", null), Some.Caller, Token);

        var refused = (await _world.RunAsync()).Errors.ShouldHaveSingleItem();

        (refused.Code, refused.Message).ShouldBe((ErrorCodes.PluginDisabled, "plugin report is disabled: it leaks"));
        refused.Remedy.ShouldContain("flexcore plugin enable");
        _world.Attempts.ShouldBeEmpty();
        (await _world.EventsAsync(EventStreams.Plugin("report"))).OfType<PluginRefused>().ShouldHaveSingleItem().Missing.ShouldBe(["enabled"]);

        var enabled = (await Changes.HandleAsync(new EnablePlugin("report"), Some.Caller, Token)).Value;
        enabled.Decisions.Select(decision => decision.Event.GetType().Name).ShouldBe(["PluginRegistered", "PluginDisabled", "PluginEnabled"], "each once");
        (await _world.RunAsync()).Value.Status.ShouldBe(RunStatus.Succeeded);
    }

    [Fact]
    public async Task Plugin_that_is_removed_loses_its_copy_and_its_grants_and_can_be_registered_again()
    {
        await new ChangeGrants(_world.Log, (written, _) => written).HandleAsync(new GrantCapabilities("report", null), Some.Caller, Token);

        (await Changes.HandleAsync(new RemovePlugin("report"), Some.Caller, Token)).Value.Plugin.Standing.IsEmpty.ShouldBeTrue();

        _folders.FindElsewhere("report").ShouldBeNull();
        (await Changes.HandleAsync(new RemovePlugin("report"), Some.Caller, Token)).IsSuccess.ShouldBeTrue("whoever was cut off does it again");
        (await Registering.HandleAsync(new RegisterPlugin("source"), Some.Caller, Token)).Value.Waiting.ToString().ShouldBe("env TZ");
    }

    [Fact]
    public async Task Plugin_that_is_only_used_or_not_known_cannot_be_removed()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("load") with { Plugin = Some.Use(new Grant(["/data"], [], []), "other") });
        await _world.RunAsync();

        (await Changes.HandleAsync(new RemovePlugin("other"), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Remedy.ShouldContain("flexcore plugin disable");
        (await Changes.HandleAsync(new RemovePlugin("nobody"), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
        (await Changes.HandleAsync(new DisablePlugin("other", null), Some.Caller, Token)).IsSuccess.ShouldBeTrue("one of a project can be");
        (await Changes.HandleAsync(new DisablePlugin("nobody", null), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Upgrade_takes_another_version_and_leaves_the_copy_as_it_is_when_it_is_refused()
    {
        _folders["2"] = PluginFolder.Version("2", Asks with { Net = ["api:443"] });
        _folders["tap"] = PluginFolder.Version("3", Asks) with { Kind = PluginKind.Tap };
        _folders["stranger"] = PluginFolder.Version("1", Asks, "stranger");

        (await UpgradeAsync("source")).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.AlreadyExists);
        (await UpgradeAsync("tap")).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.PluginWrongKind);
        (await UpgradeAsync("stranger")).Errors.ShouldHaveSingleItem().Message.ShouldBe("this is plugin stranger, and not a version of report");
        (await Registering.HandleAsync(new UpgradePlugin("stranger", "stranger"), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Remedy.ShouldContain("flexcore plugin add");
        _folders.FindElsewhere("report")!.Value.Version.ShouldBe("1");

        (await UpgradeAsync("2")).Value.Waiting.ToString().ShouldBe("env TZ, net api:443");
        _folders.FindElsewhere("report")!.Value.Version.ShouldBe("2");
        (await _world.Log.ReadPluginAsync("report", Token)).Registered!.Version.ShouldBe("2");
    }

    [Fact]
    public async Task Install_runs_with_what_was_granted_under_the_operators_limits_and_is_on_record()
    {
        var install = new PluginInstall(["pip install x"], ["pypi.org:443"], PluginInstall.UsualLimits);
        _folders["2"] = PluginFolder.Version("2", Asks) with { Install = install };
        _folders["3"] = PluginFolder.Version("3", Asks) with { Install = install };
        Caps = new WrittenLimits { MemoryBytes = 64 << 20 };

        (await UpgradeAsync("2")).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.GrantMissing);
        _folders.Terms!.Limits.ShouldBe(PluginFolder.Version("1", Asks).Limits, "nothing was begun");
        (await Registering.HandleAsync(new UpgradePlugin("report", "2") { Net = ["pypi.org:443"] }, Some.Caller, Token)).IsSuccess.ShouldBeTrue();
        (_folders.Terms.Limits.MemoryBytes, _folders.Terms.Limits.Processes, _folders.Terms.Isolation).ShouldBe((64 << 20, 512, Isolation.Full));
        (await UpgradeAsync("3")).IsSuccess.ShouldBeTrue("a version keeps what the one before was granted");

        (await _world.EventsAsync(EventStreams.Plugin("report"))).OfType<PluginRegistered>().Last().Install!.Net.ShouldBe(["pypi.org:443"]);
        (await Changes.HandleAsync(new RemovePlugin("report@3"), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Message.ShouldBe("version 3 of plugin report is in use");
        (await Changes.HandleAsync(new RemovePlugin("report@9"), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Install_is_not_run_where_the_machine_cannot_keep_it_apart()
    {
        _world.Features[0] = _world.Features[0] with { IsPresent = false };
        _folders["2"] = PluginFolder.Version("2", Asks) with { Install = new PluginInstall(["make"], [], PluginInstall.UsualLimits) };

        (await UpgradeAsync("2")).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.IsolationUnavailable);
        _folders.FindElsewhere("report")!.Value.Version.ShouldBe("1");
    }

    private Task<Result<AddedPlugin>> UpgradeAsync(string source) => Registering.HandleAsync(new UpgradePlugin("report", source), Some.Caller, Token);
}
