using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.RabbitMq;
using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Testing;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Tests.RabbitMq;

public sealed class RabbitMqClientTests(SharedRabbitMq shared) : IClassFixture<SharedRabbitMq>
{
    private readonly string _name = $"jobs-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_published_is_got_with_all_that_it_says_and_gone_when_it_is_acknowledged()
    {
        await using var rabbit = Connect();
        await rabbit.DeclareQueueAsync(new RabbitMqQueue(_name), Token);
        await rabbit.PublishAsync(Message("Zoë 🙂") with { Id = "1", ContentType = "text/plain", Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["tenant"] = "north", ["count"] = 7L } }, Token);

        var got = (await rabbit.GetAsync(_name, Token)).ShouldNotBeNull();

        (got.Message.Id, got.Message.ContentType, got.Message.RoutingKey, got.IsAgain, TextOf(got)).ShouldBe(("1", "text/plain", _name, false, "Zoë 🙂"));
        (Encoding.UTF8.GetString((byte[])got.Message.Headers["tenant"]!), got.Message.Headers["count"]).ShouldBe(("north", 7L));
        await got.AcknowledgeAsync(Token);
        (await rabbit.GetAsync(_name, Token)).ShouldBeNull();
        (await rabbit.CountAsync(_name, Token)).ShouldBe(0);
    }

    [Fact]
    public async Task Messages_are_published_many_at_once_in_their_order()
    {
        await using var rabbit = Connect();
        await rabbit.DeclareQueueAsync(new RabbitMqQueue(_name), Token);

        await rabbit.PublishManyAsync([.. Enumerable.Range(0, 2000).Select(number => Message($"{number}"))], Token);

        (await rabbit.CountAsync(_name, Token)).ShouldBe(2000);
        await using var consumer = await rabbit.ConsumeAsync(_name, 100, Token);
        (await TakeAsync(consumer, 2000)).ShouldBe(Enumerable.Range(0, 2000).Select(number => $"{number}"));
    }

    [Fact]
    public async Task What_is_rejected_comes_again_or_goes_to_the_dead_letters()
    {
        await using var rabbit = Connect();
        await rabbit.DeclareExchangeAsync($"{_name}.dead", RabbitMqExchangeKind.Fanout, Token);
        await rabbit.DeclareQueueAsync(new RabbitMqQueue($"{_name}.dead"), Token);
        await rabbit.BindAsync($"{_name}.dead", $"{_name}.dead", "", Token);
        await rabbit.DeclareQueueAsync(new RabbitMqQueue(_name) { DeadLetterExchange = $"{_name}.dead" }, Token);
        await rabbit.PublishAsync(Message("poison"), Token);

        await (await GetEventuallyAsync(rabbit, _name)).RejectAsync(comesAgain: true, Token);
        var again = await GetEventuallyAsync(rabbit, _name);
        again.IsAgain.ShouldBeTrue();
        await again.RejectAsync(comesAgain: false, Token);

        TextOf(await GetEventuallyAsync(rabbit, $"{_name}.dead")).ShouldBe("poison");
        (await rabbit.GetAsync(_name, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Exchange_brings_messages_to_the_queues_that_are_bound_by_their_pattern()
    {
        await using var rabbit = Connect();
        await rabbit.DeclareExchangeAsync(_name, RabbitMqExchangeKind.Topic, Token);
        await rabbit.DeclareQueueAsync(new RabbitMqQueue(_name), Token);
        await rabbit.BindAsync(_name, _name, "order.*", Token);

        await rabbit.PublishManyAsync([new RabbitMqMessage(_name, "order.placed", "yes"u8.ToArray()), new RabbitMqMessage(_name, "invoice.sent", "no"u8.ToArray())], Token);

        TextOf(await GetEventuallyAsync(rabbit, _name)).ShouldBe("yes");
        (await rabbit.CountAsync(_name, Token)).ShouldBe(0);
    }

    [Fact]
    public async Task What_the_server_refuses_is_told_by_its_code_and_harms_nobody_else()
    {
        await using var rabbit = Connect();
        await rabbit.DeclareQueueAsync(new RabbitMqQueue(_name), Token);

        (await FailureOf(async () => await rabbit.PublishAsync(Message("lost") with { RoutingKey = "nobody", IsMandatory = true }, Token))).ShouldBe(ErrorCodes.SystemRequestRefused);
        (await FailureOf(async () => await rabbit.PublishAsync(new RabbitMqMessage("no such exchange", "", "lost"u8.ToArray()), Token))).ShouldBe(ErrorCodes.SystemRequestRefused);
        (await FailureOf(async () => await rabbit.GetAsync("no such queue", Token))).ShouldBe(ErrorCodes.SystemRequestRefused);
        (await FailureOf(async () => await rabbit.ConsumeAsync("no such queue", 1, Token))).ShouldBe(ErrorCodes.SystemRequestRefused);
        (await FailureOf(async () => await rabbit.DeclareQueueAsync(new RabbitMqQueue(_name) { HasSingleConsumer = true }, Token))).ShouldBe(ErrorCodes.SystemConflict);

        await rabbit.PublishAsync(Message("there"), Token);
        TextOf(await GetEventuallyAsync(rabbit, _name)).ShouldBe("there");
    }

    [Fact]
    public async Task Wrong_password_is_told_as_such_and_stands_in_no_message_and_no_line_of_the_log()
    {
        using var lines = new Lines();
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(lines));
        var options = new RabbitMqOptions { Hosts = [shared.Server.Address], User = "guest", Password = "correct horse battery" };
        await using var rabbit = new RabbitMqClient("rabbitmq", options, loggers, TimeProvider.System);

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await rabbit.CountAsync(_name, Token));

        failure.Error.Code.ShouldBe(ErrorCodes.SystemAccessRefused);
        failure.ToString().ShouldNotContain("correct horse");
        lines.Written.ShouldNotBeEmpty();
        lines.Written.ShouldAllBe(line => !line.Text.Contains("correct horse"));
    }

    [Fact]
    public async Task Virtual_host_that_is_not_there_is_told_as_such()
    {
        await using var rabbit = Connect(options => options.VirtualHost = "elsewhere");

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await rabbit.CountAsync(_name, Token));

        (failure.Error.Code, failure.Error.Message.Contains("elsewhere")).ShouldBe((ErrorCodes.SystemAccessRefused, true));
    }

    [Fact]
    public async Task Confirmation_that_is_lost_on_the_way_is_a_failure_and_the_message_is_there_nevertheless()
    {
        await using var proxy = new CuttingProxy(shared.Server.Port);
        await using var rabbit = Connect(options => options.Hosts = [$"127.0.0.1:{proxy.Port}"]);
        await rabbit.DeclareQueueAsync(new RabbitMqQueue(_name), Token);
        await rabbit.PublishAsync(Message("1"), Token);

        proxy.CutNextAnswer();
        (await FailureOf(async () => await rabbit.PublishAsync(Message("2"), Token))).ShouldBe(ErrorCodes.SystemUnreachable);

        await rabbit.PublishAsync(Message("3"), Token);
        await using var consumer = await rabbit.ConsumeAsync(_name, 10, Token);
        (await TakeAsync(consumer, 3)).ShouldBe(["1", "2", "3"]);
    }

    [Fact]
    public async Task Consumer_whose_connection_broke_ends_and_what_it_has_not_acknowledged_comes_to_the_next()
    {
        await using var proxy = new CuttingProxy(shared.Server.Port);
        await using var rabbit = Connect(options => options.Hosts = [$"127.0.0.1:{proxy.Port}"]);
        await rabbit.DeclareQueueAsync(new RabbitMqQueue(_name), Token);
        await rabbit.PublishManyAsync([.. Enumerable.Range(0, 10).Select(number => Message($"{number}"))], Token);
        await using var consumer = await rabbit.ConsumeAsync(_name, 5, Token);
        RabbitMqDelivery? held = null;

        var reading = Task.Run(async () =>
        {
            await foreach (var delivery in consumer.ReadAllAsync(Token)) held ??= delivery;
        }, Token);
        await Messaging.EventBusConformance.Eventually(() => held is not null, "one was received");
        proxy.CutNextAnswer();
        await rabbit.CountAsync(_name, Token); // whose answer is cut, and which is asked again over a new connection
        proxy.Cuts.ShouldBe(1);
        await reading.WaitAsync(TimeSpan.FromSeconds(30), Token);

        consumer.Lost.IsCancellationRequested.ShouldBeTrue();
        (await FailureOf(async () => await held!.AcknowledgeAsync(Token))).ShouldBe(ErrorCodes.SystemUnreachable);
        await using var next = await rabbit.ConsumeAsync(_name, 10, Token);
        (await TakeAsync(next, 10)).ShouldBe(Enumerable.Range(0, 10).Select(number => $"{number}"));
    }

    [Fact]
    public async Task Over_tls_only_a_server_is_talked_to_whose_certificate_is_of_an_authority_that_is_trusted()
    {
        using var folder = new DataFolder();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var (file, keyFile, port) = (Path.Combine(folder.Path, "server.pem"), Path.Combine(folder.Path, "server.key"), ServerStarter.FreePort());
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem(), Token);
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem(), Token);
        await using var server = await RabbitMqServer.StartAsync($"listeners.ssl.1 = 127.0.0.1:{port}", $"ssl_options.cacertfile = {file}", $"ssl_options.certfile = {file}", $"ssl_options.keyfile = {keyFile}");

        await using var trusting = Connect(options => (options.Hosts, options.Tls, options.CaFile) = ([$"127.0.0.1:{port}"], true, file));
        await trusting.DeclareQueueAsync(new RabbitMqQueue(_name), Token);
        await trusting.PublishAsync(Message("secret"), Token);
        TextOf(await GetEventuallyAsync(trusting, _name)).ShouldBe("secret");

        await using var doubting = Connect(options => (options.Hosts, options.Tls) = ([$"127.0.0.1:{port}"], true));
        (await FailureOf(async () => await doubting.CountAsync(_name, Token))).ShouldBe(ErrorCodes.SystemUnreachable);
    }

    private RabbitMqClient Connect(Action<RabbitMqOptions>? change = null) => SharedRabbitMq.Connect(shared.Server.Address, change);

    private RabbitMqMessage Message(string text) => new("", _name, Encoding.UTF8.GetBytes(text));

    private static string TextOf(RabbitMqDelivery delivery) => Encoding.UTF8.GetString(delivery.Message.Body.Span);

    private static async Task<ErrorCode> FailureOf(Func<Task> call) => (await Should.ThrowAsync<FlexCoreException>(call)).Error.Code;

    // A quorum queue has confirmed a message a moment before it gives it out.
    private static async Task<RabbitMqDelivery> GetEventuallyAsync(RabbitMqClient rabbit, string queue)
    {
        RabbitMqDelivery? got = null;
        await Messaging.EventBusConformance.Eventually(async () => (got = await rabbit.GetAsync(queue, Token)) is not null, $"{queue} has a message");
        return got!;
    }

    private static async Task<List<string>> TakeAsync(RabbitMqConsumer consumer, int count)
    {
        var taken = new List<string>();
        await foreach (var delivery in consumer.ReadAllAsync(Token))
        {
            taken.Add(TextOf(delivery));
            await delivery.AcknowledgeAsync(Token);
            if (taken.Count == count) break;
        }

        return taken;
    }
}
