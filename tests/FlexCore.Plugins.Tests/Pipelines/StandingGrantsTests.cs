using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Manifests;
using FlexCore.Plugins.Pipelines;

namespace FlexCore.Plugins.Tests.Pipelines;

public sealed class StandingGrantsTests : IDisposable
{
    private const string Pipeline = "name: p\nsteps:\n  - id: a\n    task: { plugin: mine, input: { path: ./in.csv, host: DB.internal } }\n";

    private readonly Project _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Standing_grants_are_enough_and_said_to_be_the_source()
    {
        Register(new Grant(["${input.path}"], [], ["TZ"], ["${input.host}:5432"], []));

        var use = (await _project.ReadAsync(Pipeline)).Value.Steps[0].Plugins[0];

        use.Grant.ToString().ShouldBe($"read {_project.PathOf("in.csv")}, env TZ, net db.internal:5432");
        use.GrantSource.ShouldBe("standing");
    }

    [Fact]
    public async Task Definite_standing_grants_bound_what_settings_may_name()
    {
        Register(new Grant([_project.PathOf("in.csv")], [], ["TZ"], ["db.internal:5432"], []));

        (await _project.ReadAsync(Pipeline)).IsSuccess.ShouldBeTrue();
        _project.Write("other.csv", "");
        (await _project.ReadAsync(Pipeline.Replace("in.csv", "other.csv", StringComparison.Ordinal))).ShouldFailAt("FX1030@4:21");
        (await _project.ReadAsync(Pipeline.Replace("DB.internal", "other.internal", StringComparison.Ordinal))).ShouldFailAt("FX1030@4:21");
    }

    [Fact]
    public async Task Missing_grants_of_a_registered_plugin_are_reported_with_the_command_too()
    {
        Register(Grant.None with { Env = ["TZ"] });
        _project.Write("it's.csv", "");

        var error = (await _project.ReadAsync(Pipeline.Replace("./in.csv", "\"./it's.csv\"", StringComparison.Ordinal))).Errors.ShouldHaveSingleItem();

        error.Remedy.ShouldBe($$"""
            If you trust it, add this to pipeline.yaml (or use --grant all for one run):
            grants:
              mine: { read: ["./it\u0027s.csv"], net: ["db.internal:5432"] }
            Or, to grant it wherever it is used:
            flexcore plugin grant mine --read $'{{_project.PathOf("it\\'s.csv")}}' --net db.internal:5432
            """);
        error.ShouldBeOfType<MissingGrant>().Refusal.Missing.ShouldBe([$"read {_project.PathOf("it's.csv")}", "net db.internal:5432"]);
    }

    [Fact]
    public async Task File_that_grants_enough_is_the_source_whatever_stands()
    {
        Register(Grant.None with { Env = ["TZ"] });

        var use = (await _project.ReadAsync(Pipeline + "grants: { mine: { read: [./in.csv], env: [TZ], net: [\"db.internal:5432\"] } }\n")).Value.Steps[0].Plugins[0];

        use.GrantSource.ShouldBe("pipeline");
    }

    [Fact]
    public async Task Standing_grants_of_what_lies_in_another_folder_are_nothing_to_a_plugin()
    {
        Register(new Grant(["${input.path}"], [], ["TZ"], ["${input.host}:5432"], []), folder: "/elsewhere");

        (await _project.ReadAsync(Pipeline)).ShouldFailAt("FX1030@4:21");
    }

    [Fact]
    public async Task Standing_grant_does_not_open_what_is_never_granted()
    {
        Register(new Grant(["${input.path}"], [], ["TZ"], ["${input.host}:5432"], []));

        (await _project.ReadAsync(Pipeline.Replace("./in.csv", "./.flexcore", StringComparison.Ordinal))).ShouldFailAt("FX1031@4:21");
        (await _project.ReadAsync(Pipeline.Replace("./in.csv", "/proc/self", StringComparison.Ordinal))).ShouldFailAt("FX1031@4:21");
    }

    [Theory]
    [InlineData("a b", "'a b'")]
    [InlineData("$(id)`id`;&", "'$(id)`id`;&'")]
    [InlineData("it's", @"$'it\'s'")]
    [InlineData("\u001b[2J\n", @"$'\u001b[2J\u000a'")]
    [InlineData("back\\slash", @"$'back\\slash'")]
    [InlineData("/plain/path-1.csv", "/plain/path-1.csv")]
    public void Command_to_paste_is_one_word_for_each_capability(string path, string word) =>
        GrantRemedy.Command("mine", Grant.None with { Read = [path] }).ShouldBe($"flexcore plugin grant mine --read {word}");

    [Theory]
    [InlineData("api.example.com")]
    [InlineData("*:443")]
    public void Destination_that_is_none_is_refused_on_the_command_line(string destination) =>
        GrantArguments.Read(Grant.None with { Net = [destination] }, "/", "/data").Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.UsageInvalid);

    [Fact]
    public void Capabilities_of_the_command_line_get_the_form_of_the_manifest() =>
        GrantArguments.Read(new Grant(["data/../in.csv", "${config.path}"], ["/out/"], ["TZ"], ["API.example.com:443", "${config.host}:1"], ["s"]), "/srv", "/srv/.flexcore").Value
            .ToString().ShouldBe("read /srv/in.csv, read ${config.path}, write /out, env TZ, net api.example.com:443, net ${config.host}:1, secret s");

    [Theory]
    [InlineData("/srv/.flexcore")]
    [InlineData(".flexcore/keys")]
    public void Data_directory_is_not_granted_on_the_command_line(string path) =>
        GrantArguments.Read(Grant.None with { Write = [path] }, "/srv", "/srv/.flexcore").Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.PathRefused);

    private void Register(Grant standing, string? folder = null)
    {
        _project.Write(
            ".flexcore/plugins/mine/plugin.yaml",
            "name: mine\nversion: 1\nkind: task\nprotocol: task\ncommand: [sh]\ncapabilities: { read: [\"${input.path}\"], env: [TZ], net: [\"${input.host}:5432\"] }\n");
        var manifest = ManifestReader.Read(_project.PathOf(".flexcore/plugins/mine"), "plugin.yaml").Value;
        _project.Known["mine"] = Plugin.From([Plugin.Register(manifest with { RegisteredFolder = folder ?? manifest.Folder }, install: null), new PluginCapabilityGranted(null, null, standing, "standing")]);
    }
}
