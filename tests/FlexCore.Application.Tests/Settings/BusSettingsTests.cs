using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Settings;

public sealed class BusSettingsTests
{
    [Fact]
    public void Nothing_is_published_where_nothing_was_set()
    {
        ProjectSettings.Read([]).Value.Bus.ShouldBeNull();
        Read(("transport", "off"), ("address", "a:1")).Value.Bus.ShouldBeNull();
    }

    [Fact]
    public void Runs_and_pipelines_are_published_unless_said_otherwise()
    {
        var usual = Read(("transport", "kafka"), ("address", "a:9092, [::1]:9092")).Value.Bus!;
        var chosen = Read(("transport", "rabbitmq"), ("address", "a:5672"), ("user", "me"), ("password", "canary"), ("tls", "true"), ("topic", "shop.flexcore"), ("events", "state, run, state")).Value.Bus!;

        (usual.Transport, usual.Topic, usual.Tls).ShouldBe((BusTransportKind.Kafka, "flexcore", false));
        usual.Addresses.ShouldBe(["a:9092", "[::1]:9092"]);
        usual.Categories.ShouldBe(["pipeline", "run"]);
        chosen.Categories.ShouldBe(["state", "run"]);
        chosen.ToString().ShouldBe("RabbitMq, topic shop.flexcore");
    }

    [Theory]
    [InlineData("address", "a:0", "must be HOST:PORT")]
    [InlineData("address", "a b:1", "must be HOST:PORT")]
    [InlineData("topic", "a b", "must be 1 to 100 letters")]
    [InlineData("events", "secret", "must be a list of: backfill")]
    [InlineData("tls", "yes", "must be true or false")]
    [InlineData("password", "a,ssl=false", "must be a password without a comma")]
    public void What_makes_no_sense_is_refused(string key, string value, string why)
    {
        var error = Read(("transport", "redis"), ("address", "a:1"), (key, value)).Errors.ShouldHaveSingleItem();

        error.Message.ShouldStartWith($"'bus.{key}' {why}");
        error.ToString().ShouldNotContain("ssl=false");
    }

    private static Result<ProjectSettings> Read(params (string Key, string Value)[] settings) => ProjectSettings.Read([.. settings.Select(setting => new Setting($"bus.{setting.Key}", setting.Value, $"bus.{setting.Key}"))]);
}
