using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Tests.Settings;

public sealed class IsolationSettingsTests
{
    [Theory]
    [InlineData("process", IsolationLevel.Process)]
    [InlineData("sandbox, Process", IsolationLevel.Process)]
    [InlineData("sandbox", IsolationLevel.Sandbox)]
    public void What_is_accepted_is_a_list_of_levels(string accept, IsolationLevel lowest) => Read(accept).Value.Isolation.Lowest.ShouldBe(lowest);

    [Fact]
    public void Nothing_less_than_a_sandbox_is_accepted_where_nothing_was_set() => ProjectSettings.Read([]).Value.Isolation.Lowest.ShouldBe(IsolationLevel.Sandbox);

    [Fact]
    public void Level_none_is_for_one_run_and_for_no_configuration()
    {
        var error = Read("process,none").Errors.ShouldHaveSingleItem();
        error.Message.ShouldBe("'isolation.accept': none can be accepted for one run only");
        error.Remedy.ShouldContain("--allow-unconfined");
    }

    [Fact]
    public void Unknown_level_and_unknown_key_are_refused()
    {
        Read("proces").Errors.ShouldHaveSingleItem().Message.ShouldBe("'isolation.accept' must be a list of: sandbox, process");
        ProjectSettings.Read([new Setting("isolation.require", "sandbox", "isolation.require")]).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.UnknownKey);
    }

    [Fact]
    public void Other_settings_are_no_lists() =>
        ProjectSettings.Read([new Setting("store.kind", "sqlite", "store.kind") { IsList = true }]).Errors.ShouldHaveSingleItem().Message.ShouldBe("'store.kind' must be a text");

    private static Result<ProjectSettings> Read(string accept) => ProjectSettings.Read([new Setting("isolation.accept", accept, "isolation.accept") { IsList = true }]);
}
