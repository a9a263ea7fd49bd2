using System.Text.Json;
using FlexCore.Infrastructure.Webhooks;
using FlexCore.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.Webhooks;

/// <summary>The example of docs/guides/clients.md does what it says.</summary>
public sealed class WebhookGuide
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chat_and_telephone_are_told()
    {
        await using var server = new WebhookServer();
        var services = new ServiceCollection();
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["FlexCore:Webhook:Url"] = server.Url, ["FlexCore:Webhook:Form"] = "Slack",
            ["FlexCore:Webhook:phone:Url"] = server.Url, ["FlexCore:Webhook:phone:Form"] = "Twilio", ["FlexCore:Webhook:phone:Sender"] = "Shop",
        };
        var builder = new { Services = (IServiceCollection)services, Configuration = (IConfiguration)new ConfigurationBuilder().AddInMemoryCollection(settings).Build() };
        builder.Services.AddFlexCoreWebhook(builder.Configuration); // FlexCore:Webhook, a chat
        builder.Services.AddFlexCoreWebhook(builder.Configuration, "phone"); // FlexCore:Webhook:phone, short messages
        await using var program = services.BuildServiceProvider();

        await TellAsync(program.GetRequiredService<WebhookClient>(), program.GetRequiredKeyedService<WebhookClient>("phone"), Token);

        JsonElement.Parse(server.Requests[0].Body).GetProperty("text").GetString().ShouldBe("*Shop is closed*\nThe card terminal does not answer.");
        server.Requests[1].Body.ShouldContain("To=%2B351210000000");
    }

    private static async Task TellAsync(WebhookClient chat, WebhookClient phone, CancellationToken token)
    {
        await chat.SendAsync(new WebhookMessage("Shop is closed", "The card terminal does not answer."), token);
        await phone.SendAsync(new WebhookMessage("Shop is closed", "") { To = ["+351210000000"] }, token);
    }
}
