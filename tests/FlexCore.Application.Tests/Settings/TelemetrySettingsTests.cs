using FlexCore.Application.Settings;

namespace FlexCore.Application.Tests.Settings;

public sealed class TelemetrySettingsTests
{
    [Fact]
    public void Nothing_is_sent_and_no_file_is_written_where_nothing_was_set()
    {
        var settings = ProjectSettings.Read([Written("telemetry.sample", "0.5"), Written("log.files", "3")]).Value;

        settings.Telemetry.ShouldBeNull();
        settings.Log.ShouldBe(new LogSettings(LogFormat.Text, LogSeverity.Information, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void All_that_is_set_holds()
    {
        var settings = ProjectSettings.Read(
        [
            Written("telemetry.otlp", "https://collector:4318/in"), Written("telemetry.protocol", "http"), Written("telemetry.sample", "0.25"),
            Written("log.file", "/var/log/flexcore.log"), Written("log.file_size", "1MiB"), Written("log.files", "3"), Written("log.slow", "250ms"),
        ]).Value;

        settings.Telemetry.ShouldBe(new TelemetrySettings(new Uri("https://collector:4318/in"), OtlpProtocol.Http, 0.25));
        (settings.Log.Slow, settings.Log.File).ShouldBe((TimeSpan.FromMilliseconds(250), new RollingFile("/var/log/flexcore.log", 1 << 20, 3)));
    }

    [Theory]
    [InlineData("telemetry.otlp", "collector:4317", "must be an address with http:// or https://, without a user, a password or a query")]
    [InlineData("telemetry.otlp", "http://me:secret@collector", "must be an address with http:// or https://, without a user, a password or a query")]
    [InlineData("telemetry.protocol", "json", "must be one of: grpc, http")]
    [InlineData("telemetry.sample", "1.5", "must be a number from 0 to 1")]
    [InlineData("telemetry.sample", "NaN", "must be a number from 0 to 1")]
    [InlineData("log.file", "node.log", "must be the absolute path of a file")]
    [InlineData("log.file_size", "1KiB", "must be a size such as 512MiB, 64KiB or 1GiB, and at least 64KiB")]
    [InlineData("log.files", "0", "must be a whole number from 1 to 1000")]
    [InlineData("log.slow", "soon", "must be a duration such as 500ms, 5s, 10m or 1h")]
    public void Mistake_is_one_error_that_says_what_may_be(string key, string value, string what) =>
        ProjectSettings.Read([Written(key, value)]).Errors.ShouldHaveSingleItem().Message.ShouldBe($"'{key}' {what}");

    private static Setting Written(string key, string value) => new(key, value, key);
}
