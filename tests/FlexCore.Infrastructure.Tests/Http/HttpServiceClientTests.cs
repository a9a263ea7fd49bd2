using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Http;
using FlexCore.Infrastructure.Tests.Clients;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Tests.Http;

public sealed class HttpServiceClientTests : IAsyncDisposable
{
    private static readonly JsonTypeInfo<JsonElement> AnyJson = (JsonTypeInfo<JsonElement>)JsonSerializerOptions.Default.GetTypeInfo(typeof(JsonElement));
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<IAsyncDisposable> _started = [];
    private readonly Lines _lines = new();
    private readonly LoggerFactory _loggers;
    private int _requests;

    public HttpServiceClientTests() => _loggers = new LoggerFactory([_lines]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", null, 3)]
    [InlineData("PUT", null, 3)]
    [InlineData("DELETE", null, 3)]
    [InlineData("POST", null, 1)]
    [InlineData("PATCH", null, 1)]
    [InlineData("POST", "key-1", 3)]
    public async Task Request_is_tried_again_only_where_that_does_no_harm(string method, string? key, int attempts)
    {
        var client = await ConnectAsync(context =>
        {
            context.Request.Headers["Idempotency-Key"].ToString().ShouldBe(key ?? "");
            return Answer(context, 500, "");
        });

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await client.SendAsync(new HttpCall(new HttpMethod(method), "orders") { IdempotencyKey = key, Body = "{}"u8.ToArray(), ContentType = "application/json" }, Token));

        failure.Error.Code.ShouldBe(ErrorCodes.SystemUnreachable);
        _requests.ShouldBe(attempts);
    }

    [Fact]
    public async Task Pause_before_the_next_attempt_is_that_which_the_service_asks_for()
    {
        var client = await ConnectAsync(context =>
        {
            context.Response.Headers.RetryAfter = "1";
            return Answer(context, _requests == 1 ? 429 : 200, "");
        });
        var began = TimeProvider.System.GetTimestamp();

        (await client.SendAsync(new HttpCall(HttpMethod.Get, ""), Token)).IsSuccess.ShouldBeTrue();

        TimeProvider.System.GetElapsedTime(began).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(900));
    }

    [Fact]
    public async Task Document_goes_there_and_comes_back()
    {
        var client = await ConnectAsync(async context =>
        {
            context.Request.Path.Value.ShouldBe("/v1/orders");
            context.Request.ContentType.ShouldBe("application/json");
            using var reader = new StreamReader(context.Request.Body);
            await Answer(context, 201, await reader.ReadToEndAsync(), "application/json");
        }, options => options.Addresses = [options.Addresses[0] + "v1"]);

        var answer = await client.SendAsync(HttpCall.Json(HttpMethod.Post, "orders", JsonElement.Parse("""{"id":7}"""), AnyJson), Token);

        answer.Status.ShouldBe(HttpStatusCode.Created);
        answer.Read(AnyJson).GetProperty("id").GetInt32().ShouldBe(7);
    }

    [Theory]
    [InlineData(400, "FX5013")]
    [InlineData(401, "FX5012")]
    [InlineData(403, "FX5012")]
    [InlineData(404, "FX5013")]
    [InlineData(409, "FX5015")]
    [InlineData(412, "FX5015")]
    public async Task What_the_service_does_not_take_is_an_answer_that_says_why(int status, string code)
    {
        var client = await ConnectAsync(context => Answer(context, status, """{"title":"no","detail":"that is not how it goes"}""", "application/problem+json"));

        var answer = await client.SendAsync(new HttpCall(HttpMethod.Get, "secret-path?token=canary"), Token);

        answer.IsSuccess.ShouldBeFalse();
        var failure = Should.Throw<FlexCoreException>(() => answer.Read(AnyJson));
        failure.Error.Code.Id.ShouldBe(code);
        failure.Error.Message.ShouldBe($"http: {status}: that is not how it goes");
        _requests.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("<html>")]
    public async Task Answer_that_is_not_what_was_expected_is_told(string body)
    {
        var client = await ConnectAsync(context => Answer(context, 200, body, "application/json"));

        Should.Throw<FlexCoreException>(Read(await client.SendAsync(new HttpCall(HttpMethod.Get, ""), Token))).Error.Code.ShouldBe(ErrorCodes.SystemRequestRefused);

        static Action Read(HttpAnswer answer) => () => answer.Read((JsonTypeInfo<Dictionary<string, string>>)JsonSerializerOptions.Default.GetTypeInfo(typeof(Dictionary<string, string>)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answer_that_is_too_long_is_not_read(bool isLengthTold)
    {
        var client = await ConnectAsync(async context =>
        {
            if (isLengthTold) context.Response.ContentLength = 2000;
            for (var part = 0; part < 20; part++) await context.Response.Body.WriteAsync(new byte[100]);
        }, options => options.MaxAnswerBytes = 1000);

        (await Should.ThrowAsync<FlexCoreException>(async () => await client.SendAsync(new HttpCall(HttpMethod.Get, ""), Token))).Error.Message.ShouldContain("longer than 1000 bytes");
        _requests.ShouldBe(1);
    }

    [Theory]
    [InlineData("http://127.0.0.2/elsewhere")]
    [InlineData("../above")]
    [InlineData("//127.0.0.2/../../x")]
    public async Task Path_that_leads_elsewhere_is_refused_and_nothing_is_sent(string path)
    {
        var client = await ConnectAsync(context => Answer(context, 200, ""), options => options.Addresses = [options.Addresses[0] + "v1"]);

        await Should.ThrowAsync<ArgumentException>(async () => await client.SendAsync(new HttpCall(HttpMethod.Get, path), Token));

        _requests.ShouldBe(0);
    }

    [Theory]
    [InlineData(HttpAuthKind.Bearer, "Authorization", "Bearer token-canary")]
    [InlineData(HttpAuthKind.Basic, "Authorization", "Basic bWU6cGFzcy1jYW5hcnk=")]
    [InlineData(HttpAuthKind.ApiKey, "X-Api-Key", "token-canary")]
    public async Task Service_is_told_who_asks_and_the_log_is_not(HttpAuthKind kind, string header, string value)
    {
        string? told = null;
        var client = await ConnectAsync(
            context =>
            {
                told = context.Request.Headers[header];
                return Answer(context, 500, "");
            },
            options => options.Auth = new HttpAuthOptions { Kind = kind, Token = "token-canary", User = "me", Password = "pass-canary" });

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await client.SendAsync(new HttpCall(HttpMethod.Get, "path-canary?q=query-canary"), Token));

        told.ShouldBe(value);
        string.Join('\n', _lines.Written.Select(line => line.Text).Append(failure.ToString())).ShouldNotContain("canary");
    }

    [Fact]
    public async Task Token_is_asked_for_once_for_all_who_wait_and_again_when_it_is_taken_back()
    {
        var (given, valid) = (0, "");
        var client = await ConnectAsync(
            async context =>
            {
                if (context.Request.Path == "/token")
                {
                    context.Request.Headers.Authorization.ToString().ShouldBe($"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("me%3A:s%20cret"))}");
                    (await context.Request.ReadFormAsync()).ShouldContain(pair => pair.Key == "grant_type" && pair.Value == "client_credentials");
                    valid = $"token-{Interlocked.Increment(ref given)}";
                    await Answer(context, 200, $$"""{"access_token":"{{valid}}","expires_in":3600}""", "application/json");
                    return;
                }

                await Answer(context, context.Request.Headers.Authorization == $"Bearer {valid}" ? 200 : 401, "");
            },
            options => options.Auth = new HttpAuthOptions { Kind = HttpAuthKind.ClientCredentials, User = "me:", Password = "s cret", TokenAddress = options.Addresses[0] + "token" });

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => await client.SendAsync(new HttpCall(HttpMethod.Get, "thing"), Token)));
        answers.ShouldAllBe(answer => answer.IsSuccess);
        given.ShouldBe(1);

        valid = "another";
        (await client.SendAsync(new HttpCall(HttpMethod.Post, "thing"), Token)).IsSuccess.ShouldBeTrue();
        given.ShouldBe(2);
    }

    [Fact]
    public async Task No_token_for_the_credentials_is_told_by_its_code()
    {
        var client = await ConnectAsync(
            context => Answer(context, 400, """{"error":"invalid_client"}""", "application/json"),
            options => options.Auth = new HttpAuthOptions { Kind = HttpAuthKind.ClientCredentials, User = "me", Password = "canary", TokenAddress = options.Addresses[0] + "token" });

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await client.SendAsync(new HttpCall(HttpMethod.Get, "thing"), Token));

        failure.Error.Code.ShouldBe(ErrorCodes.SystemAccessRefused);
        failure.ToString().ShouldNotContain("canary");
    }

    [Fact]
    public async Task No_more_requests_are_under_way_than_may()
    {
        var (now, most) = (0, 0);
        var client = await ConnectAsync(
            async context =>
            {
                most = Math.Max(most, Interlocked.Increment(ref now));
                await Task.Yield();
                Interlocked.Decrement(ref now);
                await Answer(context, 200, "");
            },
            options => options.MaxConcurrent = 2);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ => await client.SendAsync(new HttpCall(HttpMethod.Get, ""), Token))).WaitAsync(Patience, Token);

        most.ShouldBeLessThanOrEqualTo(2);
        _requests.ShouldBe(50);
    }

    [Fact]
    public async Task Next_attempt_goes_to_the_next_address()
    {
        var client = await ConnectAsync(context => Answer(context, 200, ""), options => options.Addresses = ["http://127.0.0.1:1", options.Addresses[0]]);

        for (var call = 0; call < 4; call++) (await client.SendAsync(new HttpCall(HttpMethod.Get, ""), Token)).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task Gateway_knows_the_services_of_the_configuration_by_name()
    {
        await using var orders = await TestService.StartAsync(context => context.Response.WriteAsync("orders"));
        await using var stock = await TestService.StartAsync(context => context.Response.WriteAsync("stock"));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["FlexCore:Http:orders:Addresses:0"] = orders.Address, ["FlexCore:Http:stock:Addresses:0"] = stock.Address, ["FlexCore:Http:Retry:Attempts"] = "2",
        }).Build();
        await using var program = new ServiceCollection().AddFlexCoreGateway(configuration).BuildServiceProvider();
        var gateway = program.GetRequiredService<HttpGateway>();

        gateway.Names.ShouldBe(["orders", "stock"]);
        Encoding.UTF8.GetString((await gateway["stock"].SendAsync(new HttpCall(HttpMethod.Get, ""), Token)).Body.Span).ShouldBe("stock");
        gateway["orders"].ShouldBeSameAs(gateway["orders"]);
        Should.Throw<KeyNotFoundException>(() => gateway["mail"]).Message.ShouldBe("There is no service 'mail': the configuration has orders, stock in FlexCore:Http.");
    }

    [Fact]
    public async Task Gateway_finds_the_nodes_of_a_cluster_by_any_of_them_and_goes_by_those_that_are_there()
    {
        var nodes = new List<(string Status, string? Address)>();
        await using var seed = await TestService.StartAsync(context => AnswerAsNode(context, "seed", nodes));
        var first = await TestService.StartAsync(context => AnswerAsNode(context, "first", nodes));
        await using var second = await TestService.StartAsync(context => AnswerAsNode(context, "second", nodes));
        nodes.AddRange([("live", first.Address), ("live", second.Address), ("lost", seed.Address), ("live", null), ("live", "nonsense"), ("live", "https://127.0.0.1:1/")]);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["FlexCore:Http:flexcore:Addresses:0"] = seed.Address, ["FlexCore:Http:flexcore:FromNodes"] = "true",
        }).Build();
        await using var program = new ServiceCollection().AddFlexCoreGateway(configuration).BuildServiceProvider();
        var cluster = program.GetRequiredService<HttpGateway>()["flexcore"];

        (await AskAsync(6)).ShouldBe(["first", "second"], ignoreOrder: true);

        nodes.RemoveAt(0);
        await first.DisposeAsync();
        (await AskAsync(6)).ShouldBe(["second"], "the one that is gone was noticed, and the rest asked for again");

        async Task<List<string>> AskAsync(int times)
        {
            var answers = new HashSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < times; i++) answers.Add(Encoding.UTF8.GetString((await cluster.SendAsync(new HttpCall(HttpMethod.Get, "who"), Token)).Body.Span));
            return [.. answers];
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("nonsense")]
    [InlineData("""{"items":[]}""")]
    [InlineData("""{"items":[{"status":"live"}]}""")]
    public async Task Nodes_that_tell_of_no_others_are_asked_themselves(string told)
    {
        var client = await ConnectAsync(context => Answer(context, 200, context.Request.Path == "/api/v1/nodes" ? told : "here"), options => options.FromNodes = true);

        Encoding.UTF8.GetString((await client.SendAsync(new HttpCall(HttpMethod.Get, "who"), Token)).Body.Span).ShouldBe("here");
    }

    private static Task AnswerAsNode(HttpContext context, string name, List<(string Status, string? Address)> nodes) => Answer(
        context, 200, context.Request.Path == "/api/v1/nodes" ? JsonSerializer.Serialize(new { items = nodes.Select(node => new { status = node.Status, address = node.Address, name = "n" }) }) : name);

    public async ValueTask DisposeAsync()
    {
        foreach (var started in _started) await started.DisposeAsync();
        _loggers.Dispose();
    }

    private static Task Answer(HttpContext context, int status, string body, string type = "text/plain")
    {
        (context.Response.StatusCode, context.Response.ContentType) = (status, type);
        return context.Response.WriteAsync(body);
    }

    private async Task<HttpServiceClient> ConnectAsync(RequestDelegate answer, Action<HttpOptions>? configure = null)
    {
        var service = await TestService.StartAsync(context =>
        {
            Interlocked.Increment(ref _requests);
            return answer(context);
        });
        var options = new HttpOptions { Addresses = [service.Address] };
        options.Retry.Delay = TimeSpan.FromMilliseconds(5);
        configure?.Invoke(options);
        var client = new HttpServiceClient("http", options, _loggers, TimeProvider.System);
        _started.AddRange([client, service]);
        return client;
    }
}
