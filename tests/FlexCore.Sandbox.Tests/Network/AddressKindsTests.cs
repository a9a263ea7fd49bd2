using System.Net;
using FlexCore.Sandbox.Network;

namespace FlexCore.Sandbox.Tests.Network;

public sealed class AddressKindsTests
{
    [Theory]
    [InlineData("93.184.215.14", "Public")]
    [InlineData("172.15.255.255", "Public")]
    [InlineData("172.32.0.0", "Public")]
    [InlineData("2606:2800::1", "Public")]
    [InlineData("64:ff9b::5db8:d70e", "Public")]
    [InlineData("2002:5db8:d70e::1", "Public")]
    [InlineData("10.0.0.5", "Private")]
    [InlineData("172.16.0.1", "Private")]
    [InlineData("172.31.255.255", "Private")]
    [InlineData("192.168.1.1", "Private")]
    [InlineData("100.64.0.1", "Private")]
    [InlineData("fd12:3456::1", "Private")]
    [InlineData("::ffff:10.0.0.5", "Private")]
    [InlineData("64:ff9b::a00:5", "Private")]
    [InlineData("2002:a00:5::1", "Private")]
    [InlineData("127.0.0.1", "Loopback")]
    [InlineData("127.255.255.255", "Loopback")]
    [InlineData("::1", "Loopback")]
    [InlineData("::ffff:127.0.0.1", "Loopback")]
    [InlineData("::127.0.0.1", "Loopback")]
    [InlineData("64:ff9b::7f00:1", "Loopback")]
    [InlineData("2002:7f00:1::", "Loopback")]
    [InlineData("0.0.0.0", "Special")]
    [InlineData("::", "Special")]
    [InlineData("::ffff:0.0.0.0", "Special")]
    [InlineData("169.254.169.254", "Special")]
    [InlineData("::ffff:169.254.169.254", "Special")]
    [InlineData("168.63.129.16", "Special")]
    [InlineData("100.100.100.200", "Special")]
    [InlineData("fd00:ec2::254", "Special")]
    [InlineData("fe80::1", "Special")]
    [InlineData("224.0.0.1", "Special")]
    [InlineData("255.255.255.255", "Special")]
    [InlineData("ff02::1", "Special")]
    public void Address_is_of_its_kind_however_it_is_written(string address, string kind) =>
        AddressKinds.Of(IPAddress.Parse(address)).ToString().ShouldBe(kind);
}
