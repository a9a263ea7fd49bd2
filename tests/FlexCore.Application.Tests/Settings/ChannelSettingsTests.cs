using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Settings;

public sealed class ChannelSettingsTests
{
    private static readonly (string, string)[] Mail = [("kind", "mail"), ("host", "smtp.example.com"), ("from", "flexcore@example.com"), ("to", "ops@example.com")];

    private static readonly (string, string)[] Hook = [("kind", "webhook"), ("url", "https://example.com/hook")];

    [Fact]
    public void Mail_goes_by_starttls_and_port_587_unless_said_otherwise()
    {
        Read(Mail).Value.ShouldBeOfType<MailChannel>().ShouldSatisfyAllConditions(
            mail => mail.UsesTls.ShouldBeTrue(), mail => mail.Port.ShouldBe(587), mail => mail.User.ShouldBeNull(), mail => mail.Window.ShouldBe(TimeSpan.FromMinutes(10)));
        Read([.. Mail, ("to", "a@example.com, b@example.com"), ("port", "25"), ("security", "none"), ("window", "1h")]).Value.ShouldBeOfType<MailChannel>().ShouldSatisfyAllConditions(
            mail => mail.UsesTls.ShouldBeFalse(), mail => mail.Port.ShouldBe(25), mail => mail.To.ShouldBe(["a@example.com", "b@example.com"]), mail => mail.Window.ShouldBe(TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Channel_says_which_secrets_it_needs_and_has_none()
    {
        Read([.. Mail, ("user", "me"), ("password", "${secret.smtp_password}")]).Value.Secrets.ShouldBe(["smtp_password"]);
        Read([("kind", "webhook"), ("url", "${secret.slack}"), ("authorization", "Bearer ${secret.token}"), ("routing_key", "${secret.key}")]).Value.Secrets.ShouldBe(["slack", "token", "key"]);
    }

    [Fact]
    public void Short_messages_go_to_numbers_by_a_gateway()
    {
        (string, string)[] sms = [("kind", "sms"), ("url", "https://example.com/Messages.json"), ("account", "AC1"), ("token", "${secret.sms}"), ("sender", "FlexCore"), ("numbers", "+351210000000, +351210000001")];

        Read(sms).Value.ShouldBeOfType<SmsChannel>().Numbers.ShouldBe(["+351210000000", "+351210000001"]);
        Read(sms).Value.Secrets.ShouldBe(["sms"]);
        Read(sms[..2]).Errors.Select(error => error.Message).ShouldBe(["'channels.ops.account' is missing", "'channels.ops.token' is missing", "'channels.ops.sender' is missing", "'channels.ops.numbers' is missing"]);
        Read([.. sms, ("shape", "slack")]).Errors.ShouldHaveSingleItem().Message.ShouldBe("'channels.ops.shape' is for channels of kind webhook");
        Read([.. Mail, ("url", "https://example.com/")]).Errors.ShouldHaveSingleItem().Message.ShouldBe("'channels.ops.url' is for channels of kind webhook or sms");
    }

    [Fact]
    public void PagerDuty_needs_no_address() =>
        Read([("kind", "webhook"), ("shape", "pagerduty"), ("routing_key", "${secret.key}")]).Value.ShouldBeOfType<WebhookChannel>().Url.Written.ShouldBe("https://events.pagerduty.com/v2/enqueue");

    [Theory]
    [InlineData("password", "sesame-42", "must be ${secret.NAME}, for a secret does not belong into settings")]
    [InlineData("password", "${vars.x}${secret.y}", "must be ${secret.NAME}")]
    [InlineData("url", "http://example.com/", "must be an address that begins with https://")]
    [InlineData("url", "https://me:sesame-42@example.com/", "without a user in it")]
    [InlineData("url", "file:///etc/passwd", "must be an address")]
    [InlineData("url", "gopher://${secret.x}/", "must be an address")]
    [InlineData("host", "a b", "must be the name of a host")]
    [InlineData("port", "70000", "must be a port from 1 to 65535")]
    [InlineData("to", "nobody", "must be a mail address, or a list of them")]
    [InlineData("from", "a@example.com\nBcc: b@example.com", "must be a mail address")]
    [InlineData("kind", "pigeon", "must be one of: mail, webhook, sms")]
    [InlineData("token", "sesame-42", "must be ${secret.NAME}")]
    [InlineData("account", "a:b", "must be the name of an account")]
    [InlineData("numbers", "+351210000000, 210000000", "must be a number such as +351210000000")]
    [InlineData("numbers", "+1234567890123456", "must be a number such as")]
    [InlineData("window", "5", "must be a duration")]
    public void Value_that_cannot_be_is_refused_without_repeating_it(string key, string value, string reason)
    {
        var error = Read([(key, value)]).Errors.ShouldHaveSingleItem();

        error.Message.ShouldStartWith($"'channels.ops.{key}' must be");
        error.Message.ShouldContain(reason);
        error.ToString().ShouldNotContain("sesame");
    }

    [Fact]
    public void All_that_is_missing_is_said_at_once()
    {
        Read([("kind", "mail"), ("user", "me")]).Errors.Select(error => error.Message).ShouldBe(
            ["'channels.ops.host' is missing", "'channels.ops.from' is missing", "'channels.ops.to' is missing", "'channels.ops.password' is missing"]);
        Read([("kind", "webhook"), ("shape", "pagerduty")]).Errors.ShouldHaveSingleItem().Message.ShouldBe("'channels.ops.routing_key' is missing");
        Read([("window", "1m")]).Errors.ShouldHaveSingleItem().Message.ShouldBe("'channels.ops.kind' is missing");
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        Read([.. Hook, ("port", "25")]).Errors.ShouldHaveSingleItem().Message.ShouldBe("'channels.ops.port' is for channels of kind mail");
        Read([.. Mail, ("user", "me"), ("password", "${secret.x}"), ("security", "none")]).Errors.ShouldHaveSingleItem().Message.ShouldContain("everybody on the way could read it");
        Read([.. Hook, ("colour", "red")]).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.UnknownKey);
        ProjectSettings.Read([new Setting("channels.Ops.kind", "mail", "channels.Ops.kind")]).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.InvalidName);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080/", true)]
    [InlineData("http://localhost/", true)]
    [InlineData("http://169.254.169.254/", false)]
    public void Plain_http_is_for_this_machine_alone(string url, bool isGood) => Read([("kind", "webhook"), ("url", url)]).IsSuccess.ShouldBe(isGood);

    private static Result<Channel> Read((string Key, string Value)[] values)
    {
        var read = ProjectSettings.Read([.. values.Select(value => new Setting($"channels.ops.{value.Key}", value.Value, $"channels.ops.{value.Key}"))]);
        return read.IsSuccess ? read.Value.Channels["ops"] : read.Errors.ToArray();
    }
}
