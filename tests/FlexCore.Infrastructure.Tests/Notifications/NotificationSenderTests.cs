using System.Net.Sockets;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Notifications;
using FlexCore.Domain.Runs;
using FlexCore.Infrastructure.Notifications;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.Notifications;

/// <summary>Messages to real servers. Mail with STARTTLS and AUTH is tested with the whole program, which can be told whom to trust.</summary>
public sealed class NotificationSenderTests
{
    private static readonly Guid Run = Guid.Parse("01980000-0000-7000-8000-000000000001");

    private static readonly RunState Failed = new[]
    {
        (Domain.IDomainEvent)new PipelineStarted(Run, "orders", 3, "h", ["load"], FullRefresh: false, null, Environment: "prod"),
        new StepStarted("load", 1),
        new StepFailed("load", 1, StepTally.Nothing, "tap", Domain.Plugins.PluginOutcome.ExitCode, "FX2001", "tap said <b>&é\u202e</b>\nBcc: x"),
        new PipelineFailed(1500, "FX2001", "step load: tap said <b>&é\u202e</b>\nBcc: x"),
    }.Aggregate(RunState.Empty, (run, @event) => run.Apply(@event));

    private static readonly Secrets Known = new() { ["url"] = "", ["token"] = "sesame-4711", ["key"] = "canary-key" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Mail_gets_through_as_plain_text_to_all_who_should_get_it()
    {
        await using var server = await MailServer.StartAsync("open");

        (await SendAsync(Mail(server) with { To = ["a@example.com", "b@example.com"] }, Of(Failed, count: 3))).ShouldBeNull();

        var mail = await server.ReadMailAsync();
        mail.GetProperty("from").GetString().ShouldBe("flexcore@example.com");
        mail.GetProperty("to").EnumerateArray().Select(to => to.GetString()).ShouldBe(["a@example.com", "b@example.com"]);
        var source = mail.GetProperty("source").GetString()!;
        source.ShouldContain("Subject: [flexcore] orders (prod) failed, 3 times since 2026-01-01 00:00:00Z");
        source.ShouldContain("Auto-Submitted: auto-generated");
        source.ShouldContain("text/plain");
        source.ShouldNotContain("\nBcc:");
        mail.GetProperty("text").GetString()!.ShouldContain("reason: step load: tap said <b>&é\\u202e</b>\\u000aBcc: x\r\n");
    }

    [Fact]
    public async Task Server_that_is_busy_is_asked_again()
    {
        await using var server = await MailServer.StartAsync("busy");

        (await SendAsync(Mail(server), Of(Failed))).ShouldBeNull();

        (await server.ReadMailAsync()).GetProperty("attempts").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task Mail_that_nobody_may_get_is_no_mail_and_not_tried_again()
    {
        await using var server = await MailServer.StartAsync("refuse");

        (await SendAsync(Mail(server), Of(Failed))).ShouldNotBeNull().Message.ShouldBe("channel ops: the mail server refused one of those who should get it");

        (await server.StopAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Server_without_starttls_and_server_that_is_not_trusted_get_neither_mail_nor_password()
    {
        await using var plain = await MailServer.StartAsync("open");
        await using var untrusted = await MailServer.StartAsync("auth");

        (await SendAsync(Mail(plain) with { UsesTls = true, User = "ops", Password = new SecretText("${secret.token}") }, Of(Failed))).ShouldNotBeNull().Message.ShouldContain("no STARTTLS");
        (await SendAsync(Mail(untrusted) with { UsesTls = true, User = "ops", Password = new SecretText("${secret.token}") }, Of(Failed))).ShouldNotBeNull().Message.ShouldContain("certificate is not trusted");

        (await plain.StopAsync()).ShouldBeEmpty();
        (await untrusted.StopAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Server_that_is_silent_is_given_up()
    {
        using var silent = new TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var channel = new MailChannel("ops", default, "127.0.0.1", ((System.Net.IPEndPoint)silent.LocalEndpoint).Port, UsesTls: false, null, null, "a@example.com", ["b@example.com"]);

        (await SendAsync(channel, Of(Failed))).ShouldNotBeNull().Message.ShouldBe("channel ops: there was no answer within 10 s");
    }

    [Fact]
    public async Task Generic_webhook_says_everything_as_json()
    {
        await using var server = new WebhookServer();

        (await SendAsync(Hook(server) with { Authorization = new SecretText("Bearer ${secret.token}") }, Of(Failed))).ShouldBeNull();

        server.Requests.ShouldHaveSingleItem().Head.ShouldStartWith("POST /hook HTTP/1.1\r\n");
        server.Requests[0].Head.ShouldContain("Authorization: Bearer sesame-4711");
        server.Requests[0].Head.ShouldContain("Content-Type: application/json");
        var body = server.Bodies[0];
        body.GetProperty("on").GetString().ShouldBe("failure");
        body.GetProperty("title").GetString().ShouldBe("orders (prod) failed");
        (body.GetProperty("pipeline").GetString(), body.GetProperty("environment").GetString(), body.GetProperty("run_id").GetGuid(), body.GetProperty("status").GetString()).ShouldBe(("orders", "prod", Run, "failed"));
        (body.GetProperty("count").GetInt32(), body.GetProperty("duration_ms").GetInt64(), body.GetProperty("dead_letters").GetInt64()).ShouldBe((1, 1500, 0));
    }

    [Fact]
    public async Task Slack_gets_text_in_which_nothing_is_markup_that_a_plugin_wrote()
    {
        await using var server = new WebhookServer();

        (await SendAsync(Hook(server) with { Shape = WebhookShape.Slack }, Of(Failed))).ShouldBeNull();

        var text = server.Bodies.ShouldHaveSingleItem().GetProperty("text").GetString()!;
        text.ShouldStartWith("*orders (prod) failed*\n");
        text.ShouldContain("tap said &lt;b&gt;&amp;é\\u202e&lt;/b&gt;\\u000aBcc: x");
    }

    [Fact]
    public async Task PagerDuty_gets_an_incident_that_the_recovery_ends()
    {
        await using var server = new WebhookServer();
        var channel = Hook(server) with { Shape = WebhookShape.PagerDuty, RoutingKey = new SecretText("${secret.key}") };

        (await SendAsync(channel, Of(Failed))).ShouldBeNull();
        (await SendAsync(channel, Of(Failed) with { On = Occasion.Recovery })).ShouldBeNull();
        (await SendAsync(channel, Of(Failed) with { On = Occasion.DeadLetters })).ShouldBeNull();

        server.Bodies.Select(body => (body.GetProperty("routing_key").GetString(), body.GetProperty("event_action").GetString(), body.GetProperty("dedup_key").GetString(), body.GetProperty("payload").GetProperty("severity").GetString()))
            .ShouldBe([("canary-key", "trigger", "flexcore/prod/orders/failure", "error"), ("canary-key", "resolve", "flexcore/prod/orders/failure", "info"), ("canary-key", "trigger", "flexcore/prod/orders/dead-letters", "warning")]);
    }

    [Theory]
    [InlineData("503 Service Unavailable", 3)]
    [InlineData("429 Too Many Requests", 3)]
    [InlineData("404 Not Found", 1)]
    public async Task What_may_pass_by_itself_is_tried_again_with_a_bound(string status, int attempts)
    {
        await using var server = new WebhookServer(_ => WebhookServer.Answer(status, body: "sesame-4711"));

        var error = (await SendAsync(Hook(server), Of(Failed))).ShouldNotBeNull();

        (error.Code, server.Requests.Count).ShouldBe((ErrorCodes.NotificationUndelivered, attempts));
        error.Message.ShouldStartWith($"channel ops: it answered {status[..3]}");
    }

    [Fact]
    public async Task No_other_address_is_called_wherever_an_answer_points()
    {
        await using var other = new WebhookServer();
        await using var server = new WebhookServer(_ => WebhookServer.Answer("307 Temporary Redirect", $"Location: {other.Url}\r\n"));

        (await SendAsync(Hook(server), Of(Failed))).ShouldNotBeNull().Message.ShouldBe("channel ops: it answered 307, a redirect, which is not followed");

        other.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Answer_without_end_is_not_read()
    {
        await using var body = new WebhookServer(_ => "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n" + new string('x', 100_000));
        await using var headers = new WebhookServer(_ => "HTTP/1.1 200 OK\r\nX: " + new string('x', 1_000_000) + "\r\n\r\n");

        (await SendAsync(Hook(body), Of(Failed))).ShouldBeNull();
        (await SendAsync(Hook(headers), Of(Failed))).ShouldNotBeNull().Message.ShouldContain("cannot be reached");
    }

    [Fact]
    public async Task Secret_address_is_in_no_error()
    {
        Known["url"] = "https://127.0.0.1:1/sesame-4711";
        var unreachable = await SendAsync(Hook("${secret.url}"), Of(Failed));
        Known["url"] = "ftp://sesame-4711/";
        var unusable = await SendAsync(Hook("${secret.url}"), Of(Failed));
        var missing = await SendAsync(Hook("${secret.nobody}"), Of(Failed));

        unreachable.ShouldNotBeNull().Message.ShouldBe("channel ops: it cannot be reached (ConnectionError)");
        unusable.ShouldNotBeNull().Message.ShouldContain("does not make an address");
        missing.ShouldNotBeNull().Code.ShouldBe(ErrorCodes.SecretMissing);
    }

    [Fact]
    public async Task Test_message_says_which_channel_works()
    {
        await using var server = new WebhookServer();

        (await SendAsync(Hook(server), notification: null)).ShouldBeNull();

        (server.Bodies[0].GetProperty("on").GetString(), server.Bodies[0].GetProperty("text").GetString()).ShouldBe(("test", "The channel ops works.\n"));
    }

    private static Task<Error?> SendAsync(Channel channel, Notification? notification) => new NotificationSender(Known, TimeProvider.System).SendAsync(channel, notification, Token);

    private static MailChannel Mail(MailServer server) => new("ops", default, "localhost", server.Port, UsesTls: false, null, null, "flexcore@example.com", ["ops@example.com"]);

    private static WebhookChannel Hook(WebhookServer server) => Hook(server.Url);

    private static WebhookChannel Hook(string url) => new("ops", default, WebhookShape.Generic, new SecretText(url), null, null);

    private static Notification Of(RunState run, int count = 1) => new(Occasion.Failure, run, DateTimeOffset.UnixEpoch, count, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), null);

    private sealed class Secrets : Dictionary<string, string>, ISecrets
    {
        public string Place => "this test";

        public ValueTask<Result<string>> FindAsync(string name, CancellationToken cancellationToken) =>
            new(TryGetValue(name, out var value) ? value : new Error(ErrorCodes.SecretMissing, $"there is no secret {name}"));

        public ValueTask<IReadOnlyList<SecretEntry>> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
