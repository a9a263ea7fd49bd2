using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.StepSystems;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.StepSystems;

/// <summary>What a <c>http</c> step can rely on.</summary>
public sealed class HttpServicesOfStepsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answer_comes_back_with_its_status_and_where_it_leads()
    {
        await using var server = new WebhookServer(_ => WebhookServer.Answer("302 Found", "Location: /there\r\nLink: </next>; rel=next\r\n", "{}"));

        var reply = await AskAsync(server, new HttpAsk("GET", "/orders?a=b") { Headers = [new("X-A", "c")] });

        (reply.Status, Encoding.UTF8.GetString(reply.Body.Span), reply.Location!.ToString(), reply.Links.Single()).ShouldBe((302, "{}", "/there", "</next>; rel=next"));
        server.Requests.Single().Head.ShouldStartWith("GET /orders?a=b HTTP/1.1");
        server.Requests.Single().Head.ShouldContain("X-A: c");
    }

    [Theory]
    [InlineData("/orders:search?a=b:c")]
    [InlineData("//other.example.com/x")]
    [InlineData("/")]
    public async Task Path_stays_one_at_the_server_whatever_it_looks_like(string target)
    {
        await using var server = new WebhookServer();

        await AskAsync(server, new HttpAsk("GET", target));

        server.Requests.ShouldHaveSingleItem().Head.ShouldStartWith($"GET {target} HTTP/1.1");
    }

    [Theory]
    [InlineData("GET", null, 3)]
    [InlineData("POST", null, 1)]
    [InlineData("POST", "order-1", 3)]
    public async Task Request_is_tried_again_only_where_that_does_no_harm(string method, string? key, int times)
    {
        await using var server = new WebhookServer(_ => WebhookServer.Answer("503 Service Unavailable", "Retry-After: 0\r\n"));

        var failure = await Should.ThrowAsync<FlexCoreException>(() => AskAsync(server, new HttpAsk(method, "/") { IdempotencyKey = key }));

        failure.Error.Code.ShouldBe(ErrorCodes.SystemBusy);
        server.Requests.Count.ShouldBe(times);
        server.Requests.ShouldAllBe(request => key == null || request.Head.Contains($"Idempotency-Key: {key}"));
    }

    [Fact]
    public async Task Answer_that_is_too_long_is_not_read()
    {
        await using var server = new WebhookServer(_ => WebhookServer.Answer("200 OK", body: new string('x', 101)));

        (await Should.ThrowAsync<FlexCoreException>(() => AskAsync(server, new HttpAsk("GET", "/"), access => access with { MostBytes = 100 }))).Error.Message.ShouldContain("longer than 100 bytes");
    }

    [Fact]
    public async Task Service_that_does_not_answer_is_waited_for_only_so_long()
    {
        await using var server = new WebhookServer(_ => "");

        (await Should.ThrowAsync<FlexCoreException>(() => AskAsync(server, new HttpAsk("GET", "/"), access => access with { Timeout = TimeSpan.FromMilliseconds(200) }))).Error.Code.ShouldBe(ErrorCodes.SystemTimedOut);
    }

    [Fact]
    public async Task Credentials_are_sent_as_they_are_asked_for()
    {
        await using var server = new WebhookServer(count => WebhookServer.Answer("200 OK", body: """{"access_token":"granted","expires_in":3600}"""));

        await AskAsync(server, new HttpAsk("GET", "/a"), access => access with { Credentials = new HttpCredentials("token", null, null, null, null) });
        await AskAsync(server, new HttpAsk("GET", "/b"), access => access with { Credentials = new HttpCredentials(null, "me", "pw", null, null) });
        await AskAsync(server, new HttpAsk("GET", "/c"), access => access with { Credentials = new HttpCredentials(null, "me", "pw", server.Url, "read") });

        server.Requests.Select(request => request.Head.Split("\r\n").Single(line => line.StartsWith("Authorization", StringComparison.Ordinal))).ShouldBe(
            ["Authorization: Bearer token", "Authorization: Basic bWU6cHc=", "Authorization: Basic bWU6cHc=", "Authorization: Bearer granted"]);
        server.Requests[2].Body.ShouldBe("grant_type=client_credentials&scope=read");
    }

    private static async Task<HttpReply> AskAsync(WebhookServer server, HttpAsk ask, Func<HttpAccess, HttpAccess>? with = null)
    {
        var access = new HttpAccess(new Uri(new Uri(server.Url).GetLeftPart(UriPartial.Authority))) { Pause = TimeSpan.FromMilliseconds(1) };
        await using var service = new HttpServicesOfSteps(TimeProvider.System).Open(with?.Invoke(access) ?? access);
        return await service.SendAsync(ask, Token);
    }
}
