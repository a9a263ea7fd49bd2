using System.Text.Json;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Execution;

namespace FlexCore.Plugins.Tests.Execution;

public sealed class SecretMaskTests
{
    [Theory]
    [InlineData("the password is hunter2!", "the password is ***!")]
    [InlineData("hunter2hunter2", "******")]
    [InlineData("longer: hunter2-and-more", "longer: ***")]
    [InlineData("number 12345678", "number ***")]
    [InlineData("user alice", "user alice")]
    [InlineData("short abc", "short abc")]
    [InlineData("HUNTER2", "HUNTER2")]
    public void Value_of_a_secret_field_is_masked_wherever_it_stands(string text, string masked)
    {
        var mask = SecretMask.For([Use("""{"password":"hunter2","token":"hunter2-and-more","pin":12345678,"short":"abc","user":"alice","flag":true}""", "password", "token", "pin", "short", "flag", "absent")]);

        mask.Apply(text).ShouldBe(masked);
    }

    [Fact]
    public void Secrets_of_every_plugin_of_the_step_are_masked() =>
        SecretMask.For([Use("""{"a":"tap-secret"}""", "a"), Use("""{"b":"target-secret"}""", "b")]).Apply("tap-secret target-secret").ShouldBe("*** ***");

    private static PluginUse Use(string settings, params string[] secretFields) =>
        new(
            new PluginManifest
            {
                Name = "mine",
                Version = "1",
                Kind = PluginKind.Tap,
                Folder = "/plugins/mine",
                Command = ["sh"],
                Digest = "",
                Capabilities = new CapabilityRequest([], [], [], []),
                Limits = new PluginLimits(),
                SecretFields = secretFields,
            },
            JsonElement.Parse(settings),
            Grant.None,
            "pipeline");
}
