using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Settings;

public sealed class ListenSettingsTests
{
    [Fact]
    public void Node_listens_on_this_machine_alone_where_nothing_was_set()
    {
        var listen = ProjectSettings.Read([]).Value.Listen;

        ($"{listen.Http}", $"{listen.Grpc}").ShouldBe(("127.0.0.1:8080", "127.0.0.1:50051"));
        listen.Reachable.ShouldBeEmpty();
    }

    [Fact]
    public void Node_that_is_told_to_listens_nowhere() => ProjectSettings.Read([Written("http", "off"), Written("grpc", "off")]).Value.Listen.IsAnywhere.ShouldBeFalse();

    [Theory]
    [InlineData("0.0.0.0:80")]
    [InlineData("[::]:80")]
    [InlineData("192.0.2.1:80")]
    public void Address_that_others_can_reach_is_known_as_such(string address) => ProjectSettings.Read([Written("http", address)]).Value.Listen.Reachable.ShouldHaveSingleItem();

    [Theory]
    [InlineData("http", "8080", "127.0.0.1:8080")]
    [InlineData("http", "localhost:8080", "127.0.0.1:8080")]
    [InlineData("http", "127.0.0.1:70000", "127.0.0.1:8080")]
    [InlineData("grpc", "::1", "127.0.0.1:50051")]
    [InlineData("grpc", "yes", "127.0.0.1:50051")]
    public void What_is_no_address_is_refused_with_one_that_is(string key, string value, string example) =>
        ProjectSettings.Read([Written(key, value)]).Errors.ShouldHaveSingleItem().Message.ShouldBe($"'{key}' must be an IP address and a port, such as {example}, or off");

    [Fact]
    public void Nothing_is_known_below_an_address() => ProjectSettings.Read([Written("http.port", "1")]).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.UnknownKey);

    private static Setting Written(string key, string value) => new(key, value, key);
}
