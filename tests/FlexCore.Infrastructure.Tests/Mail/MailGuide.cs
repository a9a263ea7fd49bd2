using FlexCore.Infrastructure.Mail;
using FlexCore.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.Mail;

/// <summary>The example of docs/guides/clients.md does what it says.</summary>
public sealed class MailGuide
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Order_is_mailed_about_with_its_invoice()
    {
        await using var server = await MailServer.StartAsync("open");
        var services = new ServiceCollection();
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["FlexCore:Mail:Host"] = "127.0.0.1", ["FlexCore:Mail:Port"] = $"{server.Port}", ["FlexCore:Mail:From"] = "shop@example.com", ["FlexCore:Mail:Tls"] = "false" };
        var builder = new { Services = (IServiceCollection)services, Configuration = (IConfiguration)new ConfigurationBuilder().AddInMemoryCollection(settings).Build() };
        builder.Services.AddFlexCoreMail(builder.Configuration); // FlexCore:Mail
        await using var program = services.BuildServiceProvider();

        await SendAsync(program.GetRequiredService<MailClient>(), "4711", "%PDF"u8.ToArray(), Token);

        var taken = await server.ReadMailAsync();
        taken.GetProperty("source").GetString()!.ShouldContain("Subject: Order 4711");
        taken.GetProperty("source").GetString()!.ShouldContain("invoice.pdf");
    }

    private static async Task SendAsync(MailClient mail, string id, byte[] invoice, CancellationToken token)
    {
        var shipped = new MailTemplate("Order {{order}}", "Your order {{order}} is on its way.", "<p>Your order <b>{{order}}</b> is on its way.</p>");
        await mail.SendAsync(shipped.Fill(["ada@example.com"], new Dictionary<string, string> { ["order"] = id }) with { Attachments = [new("invoice.pdf", "application/pdf", invoice)] }, token);
    }
}
