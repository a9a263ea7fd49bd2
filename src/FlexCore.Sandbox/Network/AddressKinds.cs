using System.Net;
using System.Net.Sockets;

namespace FlexCore.Sandbox.Network;

/// <summary>What kind of machine an address stands for, seen from the host.</summary>
internal enum AddressKind
{
    /// <summary>One of the internet.</summary>
    Public,

    /// <summary>One of a network of the operator's own.</summary>
    Private,

    /// <summary>The host itself.</summary>
    Loopback,

    /// <summary>None that a name should stand for: neighbours on the link, the metadata services of clouds, groups of machines, what is reserved.</summary>
    Special,
}

/// <summary>The kinds of addresses (RFC 6890 and the registries that it made).</summary>
internal static class AddressKinds
{
    private static readonly (AddressKind Kind, IPNetwork[] Networks)[] Known =
    [
        (AddressKind.Loopback, Parse("127.0.0.0/8", "::1/128")),
        (AddressKind.Special, Parse(
            "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/128", "fe80::/10", "fec0::/10", "ff00::/8",
            "168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::254/128", "fd20:ce::254/128")), // metadata: Azure, Alibaba, AWS, Google; the rest use 169.254.169.254
        (AddressKind.Private, Parse(
            "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15",
            "fc00::/7", "64:ff9b:1::/48")),
    ];

    /// <summary>Networks of IPv6 addresses that stand for the IPv4 address which they hold from the given byte on: compatible, NAT64 and 6to4.</summary>
    private static readonly (IPNetwork Network, int At)[] Holders =
    [
        (IPNetwork.Parse("::/96"), 12), (IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("2002::/16"), 2),
    ];

    public static AddressKind Of(IPAddress address)
    {
        foreach (var (kind, networks) in Known)
        {
            if (networks.Any(network => network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address))) return kind;
        }

        return HeldAddress(address) is { } held ? Of(held) : AddressKind.Public;
    }

    /// <summary>Whether an IPv4 address can be that of one machine, whatever its kind.</summary>
    public static bool IsOneMachine(IPAddress address) => address.GetAddressBytes()[0] is > 0 and < 224;

    public static string Describe(AddressKind kind) => kind switch
    {
        AddressKind.Public => "a public address",
        AddressKind.Private => "an address of a private network",
        AddressKind.Loopback => "this machine itself",
        _ => "an address for special use",
    };

    private static IPAddress? HeldAddress(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return null;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        foreach (var (network, at) in Holders)
        {
            if (network.Contains(address)) return new IPAddress(address.GetAddressBytes().AsSpan(at, 4));
        }

        return null;
    }

    private static IPNetwork[] Parse(params ReadOnlySpan<string> networks)
    {
        var parsed = new IPNetwork[networks.Length];
        for (var i = 0; i < parsed.Length; i++) parsed[i] = IPNetwork.Parse(networks[i]);
        return parsed;
    }
}
