namespace FlexCore.EndToEnd;

/// <summary>Who is told of runs, by real servers.</summary>
public sealed class NotificationTests
{
    private const string Password = "sesame-4711";

    [Fact]
    public async Task Failure_comes_by_mail_with_starttls_and_a_password_that_is_nowhere_else()
    {
        await using var server = await MailServer.StartAsync("auth");
        using var project = OnMail(server).Task("raise SystemExit('no rows')").Write("pipeline.yaml", "name: p\nsteps:\n  - id: job\n    task: { plugin: job }\nnotify: [{ on: failure, channel: ops }]\n");
        (await project.SetSecretAsync("smtp_password", Password)).ShouldExitWith(0);

        var run = (await project.RunAsync()).ShouldExitWith(1);

        var mail = await server.ReadMailAsync();
        (mail.GetProperty("secure").GetBoolean(), mail.GetProperty("user").GetString()).ShouldBe((true, "ops"));
        mail.GetProperty("source").GetString()!.ShouldContain("Subject: [flexcore] p failed");
        mail.GetProperty("text").GetString()!.ShouldContain("its last line: no rows");
        (await project.EventTypesAsync("--stream", "notification-ops.p.failure")).ShouldBe(["NotificationStarted", "NotificationDelivered"]);
        (run.Output + run.Error + (await project.FlexCoreAsync("events", "list", "--json", "--limit", "1000")).Output).ShouldNotContain(Password);
        foreach (var file in Directory.EnumerateFiles(project.PathOf(".flexcore"), "*", SearchOption.AllDirectories)) (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldNotContain(Password, customMessage: file);
    }

    [Fact]
    public async Task Wrong_password_fails_no_run_and_is_not_repeated_anywhere()
    {
        await using var server = await MailServer.StartAsync("auth");
        using var project = OnMail(server).Task("print('done')").Write("pipeline.yaml", "name: p\nsteps:\n  - id: job\n    task: { plugin: job }\nnotify: [{ on: success, channel: ops }]\n");
        (await project.SetSecretAsync("smtp_password", "canary-9031")).ShouldExitWith(0);

        var run = (await project.RunAsync()).ShouldExitWith(0);

        run.Error.ShouldContain("a notification did not get through: channel ops: ");
        (run.Output + run.Error).ShouldNotContain("canary");
        var failed = (await project.EventsAsync("--type", "NotificationFailed")).ShouldHaveSingleItem();
        failed.ToString().ShouldNotContain("canary");
        failed.GetProperty("data").GetProperty("reason").GetString().ShouldStartWith("channel ops: ");
    }

    [Fact]
    public async Task Many_processes_become_one_message_that_counts()
    {
        await using var server = new WebhookServer();
        using var project = new TestProject().Task("raise SystemExit(7)").Write("pipeline.yaml", "name: p\nsteps:\n  - id: job\n    task: { plugin: job }\nnotify: [{ on: [failure, recovery], channel: ops }]\n")
            .Write("flexcore.yaml", $"channels: {{ ops: {{ kind: webhook, url: \"{server.Url}\", window: 24h }} }}\n");

        for (var run = 0; run < 3; run++) (await project.RunAsync()).ShouldExitWith(1);
        server.Bodies.ShouldHaveSingleItem().GetProperty("title").GetString().ShouldBe("p failed");
        project.Write("flexcore.yaml", $"channels: {{ ops: {{ kind: webhook, url: \"{server.Url}\", window: 24h }} }}\n").Plugin("job", "task", "print('well')");
        (await project.RunAsync()).ShouldExitWith(0);

        server.Bodies.Select(body => body.GetProperty("on").GetString()).ShouldBe(["failure", "recovery"]);
        (await project.EventTypesAsync("--stream", "notification-ops.p.failure")).ShouldBe(["NotificationStarted", "NotificationDelivered", "NotificationDeferred", "NotificationDeferred"]);
    }

    [Fact]
    public async Task Late_run_is_told_of_while_it_still_runs()
    {
        await using var server = new WebhookServer();
        using var project = new TestProject().Task("import os, time\nwhile not os.path.exists(os.path.join(os.environ['FLEXCORE_WORK'], 'never')): time.sleep(0.05)", "limits: { grace: 100ms }")
            .Write("pipeline.yaml", "name: p\nsteps:\n  - id: job\n    task: { plugin: job }\nnotify: [{ on: late, late: 300ms, channel: ops }]\n")
            .Write("flexcore.yaml", $"channels: {{ ops: {{ kind: webhook, url: \"{server.Url}\" }} }}\n");
        await using var run = project.StartFlexCore("run", "pipeline.yaml");

        await Until.TrueAsync(() => server.Requests.Count == 1, "somebody is told");
        server.Bodies[0].GetProperty("status").GetString().ShouldBe("running");
        await run.SignalAsync("TERM");
        (await run.EndAsync()).ShouldExitWith(130);
    }

    [Fact]
    public async Task Channel_is_tried_before_it_is_needed()
    {
        await using var mail = await MailServer.StartAsync("auth");
        await using var hook = new WebhookServer();
        using var project = OnMail(mail, $"\n  chat: {{ kind: webhook, shape: slack, url: \"{hook.Url}\" }}\n  gone: {{ kind: webhook, url: \"http://127.0.0.1:1/\" }}");
        (await project.SetSecretAsync("smtp_password", Password)).ShouldExitWith(0);

        (await project.FlexCoreAsync("notify", "test", "ops")).ShouldExitWith(0).Output.ShouldBe("a test message was sent to ops\n");
        (await mail.ReadMailAsync()).GetProperty("text").GetString()!.TrimEnd().ShouldBe("The channel ops works.");
        (await project.FlexCoreAsync("notify", "test", "chat", "--json")).ShouldExitWith(0).Json.GetProperty("sent").GetBoolean().ShouldBeTrue();
        hook.Bodies.ShouldHaveSingleItem().GetProperty("text").GetString().ShouldBe("*A test of FlexCore's notifications*\nThe channel chat works.\n");
        (await project.FlexCoreAsync("notify", "test", "gone")).ShouldExitWith(1).Error.ShouldContain("error[FX5001]: channel gone: it cannot be reached");
        (await project.FlexCoreAsync("notify", "test", "nobody")).ShouldExitWith(2).Error.ShouldContain("there is no channel 'nobody', neither in flexcore.yaml, which has chat, gone, ops, nor in the catalog");
        project.Variables.Remove("SSL_CERT_FILE");
        (await project.FlexCoreAsync("notify", "test", "ops")).ShouldExitWith(1).Error.ShouldContain("certificate is not trusted");
    }

    [Fact]
    public async Task Channel_of_the_catalog_is_told_as_one_of_the_settings_and_can_be_changed_meanwhile()
    {
        await using var server = new WebhookServer(_ => WebhookServer.Answer("201 Created"));
        using var project = new TestProject().Task("raise SystemExit(7)").Write("pipeline.yaml", "name: p\nsteps:\n  - id: job\n    task: { plugin: job }\nnotify: [{ on: failure, channel: ops }]\n");
        (await project.FlexCoreAsync("validate", "pipeline.yaml")).ShouldExitWith(2).Error.ShouldContain("error[FX1025]: pipeline.yaml:5:34: there is no channel 'ops'");
        project.Write("ops.json", """{"kind":"sms","url":"http://127.0.0.1:1/","account":"AC1","token":"sesame-42","sender":"FlexCore","numbers":["+351210000000","+351210000001"]}""");
        var refused = (await project.FlexCoreAsync("catalog", "put", "channel", "ops", "ops.json")).ShouldExitWith(2).Error;
        refused.ShouldContain("'channels.ops.token' must be ${secret.NAME}");
        refused.ShouldNotContain("sesame");
        project.Write("ops.json", $$$"""{"kind":"sms","url":"{{{server.Url}}}","account":"AC1","token":"${secret.sms}","sender":"FlexCore","numbers":["+351210000000","+351210000001"]}""");
        (await project.FlexCoreAsync("catalog", "put", "channel", "ops", "ops.json")).ShouldExitWith(0);
        (await project.FlexCoreAsync("validate", "pipeline.yaml")).ShouldExitWith(2).Error.ShouldContain("sms");
        (await project.SetSecretAsync("sms", Password)).ShouldExitWith(0);

        (await project.RunAsync()).ShouldExitWith(1);

        server.Requests.Count.ShouldBe(2);
        server.Requests[0].Body.ShouldContain("To=%2B351210000000&Body=p+failed");
        server.Requests[0].Head.ShouldContain($"Basic {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("AC1:" + Password))}");
        (await project.FlexCoreAsync("events", "export")).Output.ShouldNotContain(Password);
        project.Write("ops.json", $$"""{"kind":"webhook","shape":"teams","url":"{{server.Url}}"}""");
        (await project.FlexCoreAsync("catalog", "put", "channel", "ops", "ops.json")).ShouldExitWith(0);
        (await project.FlexCoreAsync("notify", "test", "ops")).ShouldExitWith(0);
        server.Bodies[2].GetProperty("type").GetString().ShouldBe("message");
    }

    /// <summary>A project that trusts the server, and may mail by it with a password in a secret.</summary>
    private static TestProject OnMail(MailServer server, string more = "")
    {
        var project = new TestProject().Write(
            "flexcore.yaml",
            $$"""
            channels:
              ops: { kind: mail, host: localhost, port: {{server.Port}}, user: ops, password: "${secret.smtp_password}", from: flexcore@example.com, to: [ops@example.com] }{{more}}
            """);
        project.Variables["SSL_CERT_FILE"] = server.CertificateFile;
        return project;
    }
}
