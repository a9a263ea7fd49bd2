using System.Text;
using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Domain.Tests.Scheduling;

public sealed class WebhookMessageTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static readonly DateTimeOffset Sent = DateTimeOffset.FromUnixTimeSeconds(1614265330);

    // The example of the specification's own libraries.
    private static readonly WebhookMessage Message = new(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Encoding.UTF8.GetBytes("""{"test": 2432232314}"""));

    [Fact]
    public void Example_of_the_specification_is_believed()
    {
        Message.Refuse(Secret, Sent).ShouldBeNull();
        (Message with { Signatures = $"v1a,xyz v1,AAAA {Message.Signatures}" }).Refuse(Secret, Sent).ShouldBeNull();
    }

    [Fact]
    public void Message_is_believed_for_five_minutes()
    {
        Message.Refuse(Secret, Sent + WebhookMessage.Tolerance).ShouldBeNull();
        Message.Refuse(Secret, Sent - WebhookMessage.Tolerance).ShouldBeNull();
        Message.Refuse(Secret, Sent + WebhookMessage.Tolerance + TimeSpan.FromSeconds(1))!.Code.ShouldBe(ErrorCodes.WebhookRefused);
        Message.Refuse(Secret, Sent - WebhookMessage.Tolerance - TimeSpan.FromSeconds(1))!.Code.ShouldBe(ErrorCodes.WebhookRefused);
    }

    [Fact]
    public void Whatever_is_changed_it_is_not_believed()
    {
        WebhookMessage[] changed =
        [
            Message with { Id = "msg_p5jXN8AQM9LWM0D4loKWxJel" },
            Message with { Timestamp = "1614265331" },
            Message with { Body = Encoding.UTF8.GetBytes("""{"test": 2432232315}""") },
            Message with { Signatures = Message.Signatures![3..] },
            Message with { Signatures = $"v2,{Message.Signatures[3..]}" },
            Message with { Signatures = "" },
            Message with { Id = null },
            Message with { Id = new string('x', 257) },
            Message with { Timestamp = "-1" },
            Message with { Timestamp = null },
        ];

        changed.ShouldAllBe(message => message.Refuse(Secret, Sent) != null);
        Message.Refuse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", Sent).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("/a/1", "2")]
    [InlineData("/a/2", null)]
    [InlineData("/a/-1", null)]
    [InlineData("/b~1c/~0", "True")]
    [InlineData("/n", null)]
    [InlineData("/a", null)]
    public void Variable_gets_what_its_pointer_finds(string pointer, string? expected)
    {
        var webhook = new WebhookTrigger("hook") { Set = new Dictionary<string, string>(StringComparer.Ordinal) { ["x"] = pointer } };

        var read = webhook.ReadVariables(JsonElement.Parse("""{"a":[1,2],"b/c":{"~":true},"n":null}"""));

        if (expected is null) read.Errors[0].Message.ShouldContain(pointer);
        else read.Value["x"].ShouldBe(expected);
    }
}
