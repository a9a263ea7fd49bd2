using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Settings;

public sealed class FeatureSettingsTests
{
    [Fact]
    public void All_is_on_where_nothing_was_set() => ProjectSettings.Read([]).Value.Features.ShouldBe(new FeatureSettings(Schedules: true, Triggers: true, Webhooks: true, PreparedSandboxes: true, Console: true));

    [Fact]
    public void What_is_turned_off_is_off_and_no_more() => ProjectSettings.Read([Written("features.schedules", "false")]).Value.Features.ShouldBe(FeatureSettings.Usual with { Schedules = false });

    [Fact]
    public void What_is_neither_on_nor_off_is_refused() => ProjectSettings.Read([Written("features.webhooks", "maybe")]).Errors.ShouldHaveSingleItem().Message.ShouldBe("'features.webhooks' must be true or false");

    [Fact]
    public void Unknown_feature_is_refused() => ProjectSettings.Read([Written("features.magic", "true")]).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.UnknownKey);

    private static Setting Written(string key, string value) => new(key, value, key);
}
