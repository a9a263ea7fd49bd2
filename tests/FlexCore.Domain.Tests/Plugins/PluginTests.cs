using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Domain.Tests.Plugins;

public sealed class PluginTests
{
    private static readonly Grant Asks = new(["${config.path}", "/opt/ca"], ["/out"], ["TZ"], ["api:443", "${config.host}:5432"], ["api_key"]);

    [Fact]
    public void Plugin_that_is_registered_has_nothing_and_all_it_asks_waits()
    {
        var plugin = Plugin.From([Registered(Asks)]);

        plugin.Standing.IsEmpty.ShouldBeTrue();
        plugin.Waiting.SaysTheSameAs(Asks).ShouldBeTrue();
    }

    [Fact]
    public void Grant_of_all_that_it_asks_leaves_nothing_waiting()
    {
        var plugin = Allow(Plugin.From([Registered(Asks)]), Asks);

        plugin.Standing.SaysTheSameAs(Asks).ShouldBeTrue();
        plugin.Waiting.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Reference_can_be_granted_as_a_definite_path_or_destination()
    {
        var plugin = Allow(Plugin.From([Registered(Asks)]), new Grant(["/srv/data"], [], [], ["db:5432"]));

        plugin.Standing.ToString().ShouldBe("read /srv/data, net db:5432");
        plugin.Waiting.ToString().ShouldBe("read /opt/ca, write /out, env TZ, net api:443, secret api_key");
    }

    [Fact]
    public void What_is_granted_already_is_not_new()
    {
        var plugin = Allow(Plugin.From([Registered(Asks)]), Grant.None with { Env = ["TZ"] });

        plugin.Allow(new Grant([], ["/out"], ["TZ"])).Value.Grant.ToString().ShouldBe("write /out");
    }

    [Fact]
    public void What_it_does_not_ask_is_refused_one_by_one()
    {
        var errors = Plugin.From([Registered(Asks)]).Allow(new Grant(["/srv", "${config.other}"], ["/srv"], ["TOKEN"], ["db:5432"], ["other"])).Errors;

        errors.ShouldAllBe(error => error.Code == ErrorCodes.CapabilityNotAsked);
        errors.Select(error => error.Message).ShouldBe(
        [
            "plugin tap 1 does not ask for read ${config.other}", "plugin tap 1 does not ask for write /srv", "plugin tap 1 does not ask for env TOKEN", "plugin tap 1 does not ask for secret other",
        ]);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/proc/1")]
    public void Path_of_the_machine_itself_is_refused(string path) =>
        Plugin.From([Registered(Asks)]).Allow(Grant.None with { Read = [path] }).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.PathRefused);

    [Fact]
    public void Version_that_asks_for_more_keeps_what_it_had_and_the_rest_waits()
    {
        var plugin = Allow(Plugin.From([Registered(new Grant(["/opt/ca"], [], ["TZ"]))]), new Grant(["/opt/ca"], [], ["TZ"])).Apply(Registered(Asks, "2"));

        plugin.Standing.ToString().ShouldBe("read /opt/ca, env TZ");
        plugin.Waiting.ToString().ShouldBe("read ${config.path}, write /out, net api:443, net ${config.host}:5432, secret api_key");
        plugin.Registrations.Select(registration => registration.Version).ShouldBe(["1", "2"]);
    }

    [Fact]
    public void Grant_ends_with_the_version_that_does_not_ask_for_it_any_more()
    {
        var plugin = Allow(Plugin.From([Registered(Asks)]), Asks).Apply(Registered(Grant.None with { Env = ["TZ"] })).Apply(Registered(Asks));

        plugin.Standing.ToString().ShouldBe("env TZ");
    }

    [Fact]
    public void Path_that_stood_for_a_reference_ends_with_the_reference()
    {
        var plugin = Allow(Plugin.From([Registered(Asks)]), Grant.None with { Read = ["/srv/data"] }).Apply(Registered(Grant.None with { Read = ["/srv/data/keys"] }));

        plugin.Standing.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Revoked_folder_takes_with_it_what_lies_in_it()
    {
        var plugin = Allow(Plugin.From([Registered(Asks)]), Grant.None with { Read = ["/srv/a", "/srv/b", "/srv2"] });

        plugin.Revoke(Grant.None with { Read = ["/srv"] }).Value.Grant.ToString().ShouldBe("read /srv/a, read /srv/b");
    }

    [Fact]
    public void Revoking_is_refused_where_something_else_grants_it_too()
    {
        var plugin = Allow(Plugin.From([Registered(new Grant(["${config.path}"], ["${config.path}"], []))]), new Grant(["/srv", "/srv/a"], ["/srv"], []));

        plugin.Revoke(Grant.None with { Read = ["/srv/a"] }).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.CapabilityNotGranted);
        plugin.Revoke(Grant.None with { Read = ["/srv"] }).Errors.ShouldHaveSingleItem().Message.ShouldStartWith("read /srv is not granted, or something else grants it too");
        plugin.Apply(plugin.Revoke(new Grant(["/srv"], ["/srv"], [])).Value).Standing.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Revoking_what_was_not_granted_is_refused() =>
        Plugin.From([Registered(Asks)]).Revoke(Asks).Errors.Count.ShouldBe(7);

    [Fact]
    public void Nothing_is_granted_to_a_plugin_whose_asks_are_not_on_record()
    {
        Plugin.Unknown.Allow(Asks).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
        Plugin.From([new PluginRegistered("tap", "1", "tap", "d", "/p")]).Allow(Asks).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
    }

    [Fact]
    public void What_it_gets_at_a_place_is_taken_down_when_it_is_new_there()
    {
        Grant grant = new(["/a"], [], []);
        var plugin = Plugin.From([Registered(Asks), new PluginCapabilityGranted("p", "s", grant, "pipeline")]);

        plugin.Use("p", "s", grant, "pipeline").ShouldBeNull();
        plugin.Use("p", "s", grant, "standing").ShouldNotBeNull();
        plugin.Apply(plugin.Use("p", "other", grant, "pipeline")!).Places.Count.ShouldBe(2);
        plugin.Apply(plugin.Use("p", "s", Grant.None, "pipeline")!).Places.ShouldHaveSingleItem().Grant.IsEmpty.ShouldBeTrue();
        plugin.Standing.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Plugin_is_disabled_once_with_the_reason_and_enabled_once()
    {
        var plugin = Plugin.From([Registered(Asks)]);
        plugin.Enable().ShouldBeNull();

        var disabled = plugin.Apply(plugin.Disable("it\u001b leaks")!);
        disabled.Disable("again").ShouldBeNull();
        disabled.RefuseToRun(Found())!.Value.Error.Message.ShouldBe("plugin tap is disabled: it\\u001b leaks");
        disabled.RefuseToRun(Found() with { RegisteredFolder = null })!.Value.Error.Code.ShouldBe(ErrorCodes.PluginDisabled, "wherever it is found");
        disabled.Apply(Registered(Asks, "2")).Disabled.ShouldNotBeNull("another version is no other decision");

        var enabled = disabled.Apply(disabled.Enable()!);
        enabled.RefuseToRun(Found()).ShouldBeNull();
        enabled.Enable().ShouldBeNull();
    }

    [Fact]
    public void Plugin_that_was_removed_has_no_grants_and_its_copies_are_refused_until_it_is_registered_again()
    {
        var plugin = Allow(Plugin.From([Registered(Asks)]), Asks);

        var removed = plugin.Apply(plugin.Remove()!);

        (removed.Registered, removed.Standing.IsEmpty, removed.Remove()).ShouldBe((null, true, null));
        removed.RefuseToRun(Found())!.Value.ShouldSatisfyAllConditions(refused => refused.Error.Code.ShouldBe(ErrorCodes.PluginNotFound), refused => refused.Missing.ShouldBe("registration"));
        removed.RefuseToRun(Found() with { RegisteredFolder = null }).ShouldBeNull("a project's own is no copy of it");
        removed.Allow(Asks).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
        var again = removed.Apply(Registered(Asks, "2"));
        (again.RefuseToRun(Found()), again.Registered!.Version, again.Standing.IsEmpty).ShouldBe((null, "2", true));
        Plugin.Unknown.Remove().ShouldBeNull();
    }

    [Fact]
    public void Registered_plugin_is_refused_when_its_files_are_others()
    {
        var digest = new string('a', 64);
        var plugin = Plugin.From([Registered(Asks) with { Digest = digest }]);

        plugin.RefuseToRun(Found() with { Digest = new string('b', 64) })!.Value.ShouldSatisfyAllConditions(refused => refused.Error.Code.ShouldBe(ErrorCodes.PluginChanged), refused => refused.Missing.ShouldBe("registered files"));
        plugin.RefuseToRun(Found() with { Digest = digest }).ShouldBeNull();
    }

    [Fact]
    public void Version_takes_the_place_of_another_of_the_same_kind_with_other_files()
    {
        var plugin = Plugin.From([Registered(Asks)]);

        plugin.RefuseUpgrade(Found() with { Digest = "e" }).ShouldBeNull();
        plugin.RefuseUpgrade(Found())!.Code.ShouldBe(ErrorCodes.AlreadyExists);
        plugin.RefuseUpgrade(Found() with { Digest = "e", Kind = PluginKind.Target })!.Message.ShouldBe("plugin tap is registered as a tap, and this is a target");
        Plugin.Unknown.RefuseUpgrade(Found())!.Code.ShouldBe(ErrorCodes.NotFound);
        plugin.Apply(plugin.Remove()!).RefuseUpgrade(Found())!.Code.ShouldBe(ErrorCodes.NotFound);
    }

    [Fact]
    public void Install_gets_what_it_asks_and_was_granted_and_another_version_keeps_that()
    {
        var asking = Found() with { Digest = "e", Install = new PluginInstall(["pip install x"], ["pypi.org:443", "files.example:443"], PluginInstall.UsualLimits) };

        var refused = Plugin.Unknown.RefuseInstall(asking, ["pypi.org:443"])!;
        (refused.Code, refused.Message).ShouldBe((ErrorCodes.GrantMissing, "the install of plugin tap 1 asks for net files.example:443, which nobody has granted it"));
        refused.SpecificRemedy.ShouldBe("Look what it runs: pip install x\nIf you trust it, add this to the command; it is for the install alone, and not for the plugin when it runs:\n--net files.example:443");
        Plugin.Unknown.RefuseInstall(asking, ["pypi.org:443", "files.example:443"]).ShouldBeNull();
        Plugin.Unknown.RefuseInstall(Found(), ["pypi.org:443"])!.Code.ShouldBe(ErrorCodes.CapabilityNotAsked);

        var installed = Plugin.From([Registered(Asks) with { Install = new InstallRecord("s", ["pip install x"], ["pypi.org:443", "files.example:443"], "sandbox", 1) }]);
        installed.RefuseInstall(asking, []).ShouldBeNull();
        installed.Apply(installed.Remove()!).RefuseInstall(asking, [])!.Code.ShouldBe(ErrorCodes.GrantMissing);
    }

    [Fact]
    public void Nodes_that_made_other_files_of_one_source_each_run_theirs_and_no_older_version()
    {
        var (one, other, old) = (new string('a', 64), new string('b', 64), new string('c', 64));
        var plugin = Plugin.From([Built(old, "s0"), Built(one, "s1"), Built(other, "s1")]);

        plugin.RefuseToRun(Found() with { Digest = one }).ShouldBeNull();
        plugin.RefuseToRun(Found() with { Digest = other }).ShouldBeNull();
        plugin.RefuseToRun(Found() with { Digest = old })!.Value.Error.Code.ShouldBe(ErrorCodes.PluginChanged);
        plugin.RefuseUpgrade(Found() with { Digest = "s1" })!.Code.ShouldBe(ErrorCodes.AlreadyExists, "what is compared is what the author gives away");

        PluginRegistered Built(string digest, string source) => Registered(Asks) with { Digest = digest, Install = new InstallRecord(source, ["make"], [], "sandbox", 1) };
    }

    [Fact]
    public void Version_that_somebody_asks_for_runs_with_the_files_that_were_registered_as_that_version()
    {
        var (one, two) = (new string('a', 64), new string('b', 64));
        var plugin = Plugin.From([Registered(Asks) with { Digest = one }, Registered(Asks, "2") with { Digest = two }]);

        plugin.RefuseToRun(Found() with { Digest = one, IsPinned = true }).ShouldBeNull();
        plugin.RefuseToRun(Found() with { Digest = one })!.Value.Error.Code.ShouldBe(ErrorCodes.PluginChanged);
        plugin.RefuseToRun(Found() with { Digest = two, IsPinned = true })!.Value.Error.Code.ShouldBe(ErrorCodes.PluginChanged, "those are version 2");
        plugin.Apply(plugin.Remove()!).RefuseToRun(Found() with { Digest = one, IsPinned = true })!.Value.Error.Code.ShouldBe(ErrorCodes.PluginNotFound);
    }

    [Theory]
    [InlineData("tap", "tap", null)]
    [InlineData("tap@1.0.0", "tap", "1.0.0")]
    [InlineData("tap@2 beta/x@y", "tap", "2 beta/x@y")]
    [InlineData("tap@", null, null)]
    [InlineData("./tap@1", null, null)]
    [InlineData("Tap@1", null, null)]
    public void Plugin_is_named_with_or_without_a_version(string text, string? name, string? version)
    {
        var read = PluginReference.Parse(text);

        (read?.Name, read?.Version).ShouldBe((name, version));
        if (read is not null) read.ToString().ShouldBe(text);
    }

    [Fact]
    public void Event_of_something_else_is_not_folded_into_a_plugin()
    {
        Plugin.From([new PluginRefused("tap", "p", []), new UnknownEvent("PluginRated", 1)]).ShouldBe(Plugin.Unknown);
        Should.Throw<InvalidOperationException>(() => Plugin.From([new PluginLimitHit("memory", 1)])).Message.ShouldContain(nameof(PluginLimitHit));
    }

    private static PluginRegistered Registered(Grant asks, string version = "1") => new("tap", version, "tap", "d", "/plugins/tap", asks);

    private static PluginManifest Found() => new()
    {
        Name = "tap", Version = "1", Kind = PluginKind.Tap, Folder = "/plugins/.versions/tap/1-d", RegisteredFolder = "/plugins/tap", Command = ["tap"], Capabilities = Asks, Limits = new PluginLimits(), Digest = "d",
    };

    private static Plugin Allow(Plugin plugin, Grant wanted) => plugin.Apply(plugin.Allow(wanted).Value);
}
