using System.Text.Json;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Testing;

namespace FlexCore.Application.Tests.Settings;

public sealed class SettingCatalogTests
{
    private const string WriteDocsVariable = "FLEXCORE_WRITE_DOCS";

    private static readonly SettingCatalog Catalog = ReadCatalog();

    /// <summary>Run it with FLEXCORE_WRITE_DOCS=1 after a change of the schema, and commit the page.</summary>
    [Fact]
    public void Reference_page_says_what_the_schema_says()
    {
        var page = Repository.PathOf("docs", "reference", "settings.md");
        var rendered = SettingReference.Render(Catalog);
        if (Environment.GetEnvironmentVariable(WriteDocsVariable) == "1") File.WriteAllText(page, rendered);

        File.ReadAllText(page).ShouldBe(rendered, $"the schema has changed: run this test with {WriteDocsVariable}=1 and commit docs/reference/settings.md");
    }

    [Fact]
    public void Whatever_is_said_to_hold_where_nothing_is_set_does()
    {
        var usual = ProjectSettings.Read([]).Value;
        var written = Catalog.All.Where(setting => setting is { IsOfMany: false, Usual: not null }).Select(setting => new Setting(setting.Key, setting.Usual!, setting.Key)).ToList();

        var settings = ProjectSettings.Read(written);

        written.Count.ShouldBeGreaterThan(10);
        settings.Errors.ShouldBeEmpty();
        (settings.Value with { Vars = usual.Vars, Channels = usual.Channels }).ShouldBe(usual);
    }

    [Fact]
    public void Every_setting_is_explained_in_whole_sentences() => Catalog.All.ShouldAllBe(setting => setting.Meaning.EndsWith('.') && char.IsUpper(setting.Meaning[0]) && setting.Type.Length > 0);

    [Fact]
    public void Every_setting_can_be_set_by_its_key() =>
        Catalog.All.Where(setting => !setting.IsOfMany).Select(setting => ProjectSettings.Refuse(new Setting(setting.Key, "?", setting.Key))?.Code).ShouldAllBe(code => code != ErrorCodes.UnknownKey);

    [Fact]
    public void Setting_that_nobody_set_has_no_source() => Explain("queue.cap").ShouldSatisfyAllConditions(setting => setting.Value.ShouldBe("100000"), setting => setting.Source.ShouldBeNull());

    [Fact]
    public void Setting_names_the_place_that_wins_and_those_that_lost()
    {
        var setting = Explain("queue.cap", Written("queue.cap", "1", line: 3), Written("queue.cap", "2", line: 9), new Setting("queue.cap", "3", "FLEXCORE__QUEUE__CAP"));

        (setting.Value, setting.Source).ShouldBe(("3", "FLEXCORE__QUEUE__CAP"));
        setting.Overridden.ShouldBe(["flexcore.yaml:9:1", "flexcore.yaml:3:1"]);
    }

    [Fact]
    public void Setting_written_as_one_word_is_its_kind() => Explain("coordination.kind", Written("coordination", "postgres")).Value.ShouldBe("postgres");

    [Fact]
    public void Password_is_never_explained() =>
        EffectiveSetting.Explain(Catalog, [Written("store.connection", "Host=db;Password=hunter2"), Written("coordination.connection", "redis,password=hunter2")])
            .ShouldAllBe(setting => setting.Value == null || !setting.Value.Contains("hunter2"));

    [Fact]
    public void Names_that_users_choose_are_each_explained() =>
        EffectiveSetting.Explain(Catalog, [Written("channels.ops.kind", "mail"), Written("channels.chat.kind", "webhook"), Written("vars.region", "eu")])
            .Where(setting => setting.Source is not null).Select(setting => $"{setting.Key}={setting.Value}").ShouldBe(["channels.ops.kind=mail", "channels.chat.kind=webhook", "vars.region=eu"]);

    [Fact]
    public void Change_tells_what_running_nodes_take_over_and_what_not()
    {
        Setting[] before = [Written("vars.region", "eu"), Written("queue.cap", "5"), Written("store.kind", "sqlite")];
        Setting[] after = [Written("queue.cap", "5", line: 7), Written("vars.region", "us"), Written("store.kind", "postgres"), Written("limits.files", "20")];

        var changed = EffectiveSetting.FindChanged(Catalog, before, after);

        changed.Select(setting => (setting.Key, setting.IsReloaded)).ShouldBe([("vars.region", true), ("store.kind", false), ("limits.files", true)]);
    }

    private static EffectiveSetting Explain(string key, params Setting[] written) => EffectiveSetting.Explain(Catalog, written).Single(setting => setting.Key == key);

    private static Setting Written(string key, string value, int line = 1) => new(key, value, key, new SourceLocation("flexcore.yaml", line, 1));

    private static SettingCatalog ReadCatalog()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("docs", "reference", "flexcore.schema.json")));
        return SettingCatalog.Read(schema.RootElement);
    }
}
