using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Mail;
using FlexCore.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Mail;

public sealed class MailClientTests
{
    private static readonly MailTemplate Template = new("Order {{order}} of {{customer}}", "Dear {{customer}},\nyour order {{order}} is on its way.", "<p title=\"{{order}}\">Dear <b>{{customer}}</b></p>");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Mail_has_its_text_its_HTML_and_its_attachments()
    {
        await using var server = await MailServer.StartAsync("open");
        await using var client = Connect(server);
        var mail = Template.Fill(["Ada <ada@example.com>"], new Dictionary<string, string>(StringComparer.Ordinal) { ["order"] = "4711", ["customer"] = "\u00c4da" });

        await client.SendAsync(mail with { Attachments = [new MailAttachment("orders \u00e9.csv", "text/csv", Encoding.UTF8.GetBytes("id\n4711\n"))] }, Token);

        var taken = await server.ReadMailAsync();
        taken.GetProperty("to").EnumerateArray().Select(to => to.GetString()).ShouldBe(["ada@example.com"]);
        var text = taken.GetProperty("text").GetString()!;
        text.ShouldContain("Dear \u00c4da,\r\nyour order 4711 is on its way.");
        text.ShouldContain("<b>\u00c4da</b>".Replace("\u00c4", "&#196;", StringComparison.Ordinal));
        var source = taken.GetProperty("source").GetString()!;
        source.ShouldContain("text/html");
        source.ShouldContain("text/csv");
        source.ShouldContain(Convert.ToBase64String(Encoding.UTF8.GetBytes("id\n4711\n")));
        source.ShouldContain("Auto-Submitted: auto-generated");
    }

    [Fact]
    public void What_is_filled_into_HTML_is_text_and_a_value_is_no_field()
    {
        var mail = Template.Fill(["ada@example.com"], new Dictionary<string, string>(StringComparer.Ordinal) { ["order"] = "\"><script>", ["customer"] = "<img src=x>{{order}}&'" });

        mail.Html.ShouldBe("<p title=\"&quot;&gt;&lt;script&gt;\">Dear <b>&lt;img src=x&gt;{{order}}&amp;&#39;</b></p>");
        mail.Text.ShouldStartWith("Dear <img src=x>{{order}}&',");
    }

    [Fact]
    public void Field_without_a_value_and_value_without_a_field_are_told()
    {
        Template.Fields.ShouldBe(["order", "customer"], ignoreOrder: true);
        Should.Throw<ArgumentException>(() => Template.Fill([], new Dictionary<string, string>(StringComparer.Ordinal) { ["order"] = "1" })).Message.ShouldContain("customer");
        Should.Throw<ArgumentException>(() => Template.Fill([], new Dictionary<string, string>(StringComparer.Ordinal) { ["order"] = "1", ["customer"] = "2", ["costumer"] = "3" })).Message.ShouldContain("costumer");
    }

    [Theory]
    [InlineData("ops@example.com\r\nBcc: all@example.com", "Hello", "a.csv", "text/csv", "no address")]
    [InlineData("ops@example.com, all@example.com", "Hello", "a.csv", "text/csv", "no address")]
    [InlineData("all@example.com <ops@example.com>", "Hello", "a.csv", "text/csv", "no address")]
    [InlineData("nobody", "Hello", "a.csv", "text/csv", "no address")]
    [InlineData("ops@example.com", "Hello\r\nBcc: all@example.com", "a.csv", "text/csv", "subject")]
    [InlineData("ops@example.com", "Hello\u2028Bcc: all@example.com", "a.csv", "text/csv", "subject")]
    [InlineData("ops@example.com", "Hello", "a\r\nX: y.csv", "text/csv", "name")]
    [InlineData("ops@example.com", "Hello", "../a.csv", "text/csv", "name")]
    [InlineData("ops@example.com", "Hello", "", "text/csv", "name")]
    [InlineData("ops@example.com", "Hello", "a.csv", "csv\r\nX: y", "media type")]
    [InlineData("ops@example.com", "Hello", "a.csv", "", "media type")]
    public async Task What_could_become_a_header_of_its_own_or_another_receiver_is_refused(string to, string subject, string file, string type, string why)
    {
        await using var server = await MailServer.StartAsync("open");
        await using var client = Connect(server);

        var refused = await Should.ThrowAsync<FlexCoreException>(async () => await client.SendAsync(new OutgoingMail([to], subject, "text") { Attachments = [new MailAttachment(file, type, default)] }, Token));

        refused.Error.Code.ShouldBe(ErrorCodes.SystemRequestRefused);
        refused.Error.Message.ShouldContain(why);
        (await server.StopAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Attachments_and_receivers_have_limits()
    {
        await using var server = await MailServer.StartAsync("open");
        await using var client = Connect(server, options => (options.AttachmentBytes, options.Recipients) = (1000, 2));
        var mail = new OutgoingMail(["ops@example.com"], "Hello", "text");

        (await Should.ThrowAsync<FlexCoreException>(async () => await client.SendAsync(mail with { Attachments = [new("a", "text/plain", new byte[600]), new("b", "text/plain", new byte[600])] }, Token))).Error.Message.ShouldContain("1200 bytes");
        (await Should.ThrowAsync<FlexCoreException>(async () => await client.SendAsync(mail with { To = ["a@example.com", "b@example.com", "c@example.com"] }, Token))).Error.Message.ShouldContain("1 to 2");
        (await Should.ThrowAsync<FlexCoreException>(async () => await client.SendAsync(mail with { To = [] }, Token))).Error.Message.ShouldContain("1 to 2");
        (await server.StopAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Password_goes_to_no_server_without_TLS_that_is_trusted()
    {
        await using var plain = await MailServer.StartAsync("open");
        await using var untrusted = await MailServer.StartAsync("auth");
        foreach (var server in (MailServer[])[plain, untrusted])
        {
            await using var client = Connect(server, options => (options.Tls, options.User, options.Password, options.Retry.Attempts) = (true, "ops", "sesame-4711", 1));
            (await Should.ThrowAsync<FlexCoreException>(async () => await client.SendAsync(new OutgoingMail(["ops@example.com"], "Hello", "text"), Token))).Error.Message.ShouldNotContain("sesame");
            (await server.StopAsync()).ShouldBeEmpty();
        }
    }

    [Fact]
    public void Beyond_loopback_TLS_is_required_unless_somebody_says_no_and_a_password_is_never_sent_without()
    {
        new MailOptions { Host = "localhost" }.UsesTls.ShouldBeFalse();
        new MailOptions { Host = "127.0.0.2" }.UsesTls.ShouldBeFalse();
        new MailOptions { Host = "mail.example.com" }.UsesTls.ShouldBeTrue();
        new MailOptions { Host = "mail.example.com", From = "a@example.com", Tls = false }.Problems().ShouldBeEmpty();
        new MailOptions { Host = "mail.example.com", From = "a@example.com", Tls = false, User = "ops", Password = "x" }.Problems().ShouldHaveSingleItem().Key.ShouldBe("Tls");
    }

    [Fact]
    public async Task Server_that_is_busy_is_asked_again_and_one_that_refuses_is_not()
    {
        await using var busy = await MailServer.StartAsync("busy");
        await using var refusing = await MailServer.StartAsync("refuse");
        await using var patient = Connect(busy);
        await using var refused = Connect(refusing);
        var mail = new OutgoingMail(["ops@example.com"], "Hello", "text");

        await patient.SendAsync(mail, Token);
        (await busy.ReadMailAsync()).GetProperty("attempts").GetInt32().ShouldBe(2);
        (await Should.ThrowAsync<FlexCoreException>(async () => await refused.SendAsync(mail, Token))).Error.Code.ShouldBe(ErrorCodes.SystemRequestRefused);
    }

    private static MailClient Connect(MailServer server, Action<MailOptions>? change = null)
    {
        var options = new MailOptions { Host = "localhost", Port = server.Port, From = "FlexCore <flexcore@example.com>" };
        change?.Invoke(options);
        options.Problems().ShouldBeEmpty();
        return new MailClient("mail", options, NullLoggerFactory.Instance, TimeProvider.System);
    }
}
