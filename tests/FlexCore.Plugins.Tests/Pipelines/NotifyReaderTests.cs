using FlexCore.Application.Settings;
using FlexCore.Domain.Notifications;

namespace FlexCore.Plugins.Tests.Pipelines;

public sealed class NotifyReaderTests : IDisposable
{
    private readonly Project _project = new();

    public NotifyReaderTests() => _project.Settings = ProjectSettings.Usual with
    {
        Channels = new Dictionary<string, Channel>(StringComparer.Ordinal) { ["ops"] = Hook("https://example.com/"), ["chat"] = Hook("${secret.slack_url}") },
    };

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Rules_are_read_one_for_each_occasion()
    {
        _project.Secrets["slack_url"] = "https://hooks.example.com/x";

        (await ReadAsync("[{ on: failure, channel: ops }, { on: [recovery, late], channel: chat, late: 30m }]")).Value.Notify.ShouldBe(
            [new NotifyRule(Occasion.Failure, "ops"), new NotifyRule(Occasion.Recovery, "chat"), new NotifyRule(Occasion.Late, "chat", 1_800_000)]);
    }

    [Fact]
    public async Task Without_it_nobody_is_told() => (await _project.ReadAsync("name: p\nsteps:\n  - id: s\n    noop: {}\n")).Value.Notify.ShouldBeEmpty();

    [Theory]
    [InlineData("{ on: failure, channel: ops }", "FX1012@5:9")]
    [InlineData("[failure]", "FX1012@5:10")]
    [InlineData("[{ channel: ops }]", "FX1011@5:10")]
    [InlineData("[{ on: failure }]", "FX1011@5:10")]
    [InlineData("[{ on: failed, channel: ops }]", "FX1012@5:16")]
    [InlineData("[{ on: [failure, fail], channel: ops }]", "FX1012@5:26")]
    [InlineData("[{ on: [], channel: ops }]", "FX1012@5:16")]
    [InlineData("[{ on: late, channel: ops }]", "FX1011@5:10")]
    [InlineData("[{ on: late, channel: ops, late: 5 }]", "FX1012@5:42")]
    [InlineData("[{ on: failure, channel: ops, late: 5m }]", "FX1012@5:45")]
    [InlineData("[{ on: failure, channel: nobody }]", "FX1025@5:34")]
    [InlineData("[{ on: failure, channel: Ops }]", "FX1014@5:34")]
    [InlineData("[{ on: failure, channel: chat }]", "FX1019@5:34")]
    [InlineData("[{ on: failure, channel: ops, to: me }]", "FX1010@5:39")]
    [InlineData("[{ on: failure, channel: ops }, { on: failure, channel: ops }]", "FX1013@5:65")]
    public async Task Anything_else_is_refused_at_its_place(string notify, string place) => (await ReadAsync(notify)).ShouldFailAt(place);

    private static WebhookChannel Hook(string url) => new("x", default, WebhookShape.Generic, new SecretText(url), null, null);

    private Task<Domain.Errors.Result<Domain.Pipelines.PipelineDefinition>> ReadAsync(string notify) => _project.ReadAsync($"name: p\nsteps:\n  - id: s\n    noop: {{}}\nnotify: {notify}\n");
}
