using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Settings;

public sealed class WorkerSettingsTests
{
    [Fact]
    public void Nobody_looks_after_workers_where_nothing_was_set()
    {
        var workers = ProjectSettings.Read([]).Value.Workers;

        (workers.Autoscale, workers.Plugin, workers.Slots, workers.Idle, workers.Start).ShouldBe((null, null, 4, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2)));
        Read(("autoscale", "off")).Value.Workers.Autoscale.ShouldBeNull();
    }

    [Fact]
    public void Workers_are_what_was_set()
    {
        var workers = Read(("autoscale", "1..8"), ("provider", "command"), ("plugin", "cloud"), ("slots", "2"), ("labels", "big, gpu"), ("idle", "5s"), ("start", "10m"), ("config.zone", "a"), ("config.token", "${secret.cloud}")).Value.Workers;

        (workers.Autoscale, workers.Plugin, workers.Slots, workers.Idle, workers.Start).ShouldBe((new WorkerRange(1, 8), "cloud", 2, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10)));
        workers.Labels.ShouldBe(["big", "gpu"]);
        workers.Config.GetRawText().ShouldBe("""{"zone":"a","token":"${secret.cloud}"}""", StringCompareShould.IgnoreLineEndings);
    }

    [Theory]
    [InlineData("autoscale", "2..1", "must be MIN..MAX, such as 0..4 and at most 1000, or off")]
    [InlineData("provider", "magic", "must be one of: local, command")]
    [InlineData("plugin", "No Plugin", "must be the name of a plugin")]
    [InlineData("slots", "0", "must be a number from 1 to 1000")]
    [InlineData("labels", "Big", "must be a list of labels")]
    [InlineData("idle", "soon", "must be a duration such as")]
    public void What_makes_no_sense_is_refused(string key, string value, string why) => Read((key, value)).Errors.ShouldHaveSingleItem().Message.ShouldStartWith($"'workers.{key}' {why}");

    [Fact]
    public void Plugin_is_needed_where_a_command_provides_them() => Read(("provider", "command")).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.MissingKey);

    [Fact]
    public void Unknown_key_is_refused() => Read(("size", "1")).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.UnknownKey);

    private static Result<ProjectSettings> Read(params (string Key, string Value)[] settings) => ProjectSettings.Read([.. settings.Select(setting => new Setting($"workers.{setting.Key}", setting.Value, $"workers.{setting.Key}"))]);
}
