using System.Net;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Webhooks;
using FlexCore.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.Webhooks;

public sealed class WebhookClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Teams_gets_a_card_and_discord_a_text_in_which_nothing_is_markup_and_nobody_is_called()
    {
        await using var server = new WebhookServer();
        var message = new WebhookMessage("*orders* failed", "@everyone look: `rm` [here](https://example.com)");

        await SendAsync(message, ("Url", server.Url), ("Form", "Teams"));
        await SendAsync(message, ("Url", server.Url), ("Form", "Discord"));
        await SendAsync(message, ("Url", server.Url), ("Form", "Slack"));

        var blocks = server.Bodies[0].GetProperty("attachments")[0].GetProperty("content").GetProperty("body");
        blocks.EnumerateArray().Select(block => block.GetProperty("text").GetString()).ShouldBe([@"\*orders\* failed", @"@everyone look: \`rm\` \[here\](https://example.com)"]);
        server.Bodies[1].GetProperty("content").GetString().ShouldBe("**\\*orders\\* failed**\n@everyone look: \\`rm\\` \\[here\\](https://example.com)");
        server.Bodies[1].GetProperty("allowed_mentions").GetProperty("parse").GetArrayLength().ShouldBe(0);
        server.Bodies[2].GetProperty("text").GetString().ShouldBe("**orders* failed*\n@everyone look: `rm` [here](https://example.com)");
    }

    [Theory]
    [InlineData("Discord", 2_000)]
    [InlineData("Slack", 40_000)]
    public async Task What_is_too_long_for_the_receiver_is_cut_between_characters(string form, int most)
    {
        await using var server = new WebhookServer();

        await SendAsync(new WebhookMessage("t", string.Concat(Enumerable.Repeat("😀", most))), ("Url", server.Url), ("Form", form));

        var text = server.Bodies[0].EnumerateObject().First().Value.GetString()!;
        text.Length.ShouldBeInRange(most - 1, most);
        text.ShouldEndWith("😀…");
    }

    [Fact]
    public async Task Short_message_goes_to_each_number_and_one_that_is_refused_leaves_the_others_theirs()
    {
        await using var server = new WebhookServer(request => WebhookServer.Answer(request == 1 ? "400 Bad Request" : "201 Created"));
        var message = new WebhookMessage("orders failed", "no rows") { To = ["+1555", "+351210000000"] };

        var refused = await Should.ThrowAsync<FlexCoreException>(() => SendAsync(message, ("Url", server.Url), ("Form", "Twilio"), ("Account", "AC1"), ("Token", "canary"), ("Sender", "FlexCore")));

        refused.Errors.ShouldHaveSingleItem().Message.ShouldContain("it answered 400 (BadRequest) (to +1555)");
        refused.ToString().ShouldNotContain("canary");
        server.Requests.Count.ShouldBe(2);
        server.Requests[1].Head.ShouldContain("Authorization: Basic QUMxOmNhbmFyeQ==");
        server.Requests[1].Head.ShouldContain("Content-Type: application/x-www-form-urlencoded");
        WebUtility.UrlDecode(server.Requests[1].Body).ShouldBe("From=FlexCore&To=+351210000000&Body=orders failed\nno rows");
    }

    [Fact]
    public async Task Message_that_may_not_have_been_taken_is_sent_again_and_one_that_was_refused_is_not()
    {
        await using var busy = new WebhookServer(request => WebhookServer.Answer(request == 1 ? "503 Service Unavailable" : "200 OK"));
        await using var closed = new WebhookServer(_ => WebhookServer.Answer("403 Forbidden"));
        await using var elsewhere = new WebhookServer(_ => WebhookServer.Answer("302 Found", "Location: http://127.0.0.1:1/\r\n"));

        await SendAsync(new WebhookMessage("t", "x"), ("Url", busy.Url));
        (await Should.ThrowAsync<FlexCoreException>(() => SendAsync(new WebhookMessage("t", "x"), ("Url", closed.Url)))).Error.Code.ShouldBe(ErrorCodes.SystemAccessRefused);
        (await Should.ThrowAsync<FlexCoreException>(() => SendAsync(new WebhookMessage("t", "x"), ("Url", elsewhere.Url)))).Error.Message.ShouldContain("a redirect, which is not followed");

        (busy.Requests.Count, closed.Requests.Count, elsewhere.Requests.Count).ShouldBe((2, 1, 1));
    }

    [Theory]
    [InlineData("Url", "https://me:pass@example.com/")]
    [InlineData("Token", "t")]
    [InlineData("Form", "Twilio")]
    public async Task What_does_not_go_together_is_refused_at_the_start(string key, string value) =>
        (await Should.ThrowAsync<Exception>(() => SendAsync(new WebhookMessage("t", "x"), ("Url", "https://example.com/"), (key, value)))).Message.ShouldContain("FlexCore:Webhook");

    private static async Task SendAsync(WebhookMessage message, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"FlexCore:Webhook:{setting.Key}", (string?)setting.Value))).Build();
        await using var program = new ServiceCollection().AddFlexCoreWebhook(configuration).BuildServiceProvider();
        await program.GetRequiredService<WebhookClient>().SendAsync(message, Token);
    }
}
