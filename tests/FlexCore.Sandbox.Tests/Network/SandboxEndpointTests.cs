namespace FlexCore.Sandbox.Tests.Network;

public sealed class SandboxEndpointTests
{
    [Theory]
    [InlineData("api.example.com:443", "api.example.com:443")]
    [InlineData("API.Example.COM.:443", "api.example.com:443")]
    [InlineData("db:5432", "db:5432")]
    [InlineData("my_db.1.internal:1", "my_db.1.internal:1")]
    [InlineData("xn--bcher-kva.example:65535", "xn--bcher-kva.example:65535")]
    [InlineData("10.0.0.5:05432", "10.0.0.5:5432")]
    [InlineData("127.0.0.1:80", "127.0.0.1:80")]
    [InlineData("169.254.169.254:80", "169.254.169.254:80")]
    public void Destination_is_a_host_and_a_port(string text, string expected)
    {
        SandboxEndpoint.Parse(text, out var problem)!.ToString().ShouldBe(expected);
        problem.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("api.example.com", "has no port")]
    [InlineData("", "has no port")]
    [InlineData("443", "has no port")]
    [InlineData("api.example.com:", "needs a port")]
    [InlineData("api.example.com:0", "needs a port")]
    [InlineData("api.example.com:65536", "needs a port")]
    [InlineData("api.example.com:https", "needs a port")]
    [InlineData("api.example.com:+443", "needs a port")]
    [InlineData("api.example.com: 443", "needs a port")]
    [InlineData("api.example.com:99999999999999999999", "needs a port")]
    [InlineData("*.example.com:443", "wildcard")]
    [InlineData("api.example.com:*", "wildcard")]
    [InlineData("*:*", "wildcard")]
    [InlineData("https://api.example.com:443", "is a URL")]
    [InlineData("https://api.example.com/", "is a URL")]
    [InlineData("[::1]:443", "IPv6")]
    [InlineData("[2001:db8::1]:443", "IPv6")]
    [InlineData("2001:db8::1", "IPv6")]
    [InlineData("127.1:80", "not the IPv4 address")]
    [InlineData("2130706433:80", "not the IPv4 address")]
    [InlineData("0x7f000001:80", "not the IPv4 address")]
    [InlineData("0x7f.1:80", "not the IPv4 address")]
    [InlineData("010.0.0.1:80", "not the IPv4 address")]
    [InlineData("10.0.0.256:80", "not the IPv4 address")]
    [InlineData("0.0.0.0:80", "not the IPv4 address")]
    [InlineData("224.0.0.1:80", "not the IPv4 address")]
    [InlineData("255.255.255.255:80", "not the IPv4 address")]
    [InlineData(":443", "not the name of a host")]
    [InlineData("a..b:443", "not the name of a host")]
    [InlineData("-a:443", "not the name of a host")]
    [InlineData("a b:443", "not the name of a host")]
    [InlineData("a/b:443", "not the name of a host")]
    [InlineData("user@host:443", "not the name of a host")]
    [InlineData("bücher.example:443", "not the name of a host")]
    [InlineData("host\n127.0.0.1 localhost:443", "not the name of a host")]
    [InlineData("host\0:443", "not the name of a host")]
    public void Text_that_is_no_destination_is_refused_with_the_reason(string text, string reason)
    {
        SandboxEndpoint.Parse(text, out var problem).ShouldBeNull();
        problem.ShouldContain(reason);
    }

    [Fact]
    public void Name_longer_than_names_can_be_is_refused()
    {
        var label = new string('a', 63);

        SandboxEndpoint.Parse($"{label}.{label}.{label}.{label[..61]}:1", out _).ShouldNotBeNull();
        SandboxEndpoint.Parse($"{label}.{label}.{label}.{label[..62]}:1", out _).ShouldBeNull();
        SandboxEndpoint.Parse($"{label}a:1", out _).ShouldBeNull();
    }
}
