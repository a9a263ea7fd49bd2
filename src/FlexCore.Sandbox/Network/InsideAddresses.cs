using System.Net;
using System.Text;

namespace FlexCore.Sandbox.Network;

/// <summary>
/// Where a sandbox finds the hosts that it was granted. A name gets an address of the sandbox's own loopback; an address is
/// found where it is.
/// </summary>
internal static class InsideAddresses
{
    private const string LocalName = "localhost";

    /// <summary>The address of each host.</summary>
    public static IReadOnlyDictionary<string, IPAddress> Assign(IReadOnlyList<SandboxEndpoint> endpoints)
    {
        var addresses = new Dictionary<string, IPAddress>(StringComparer.Ordinal);
        var hosts = endpoints.Select(endpoint => endpoint.Host).Distinct().ToList();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address)) addresses[host] = address;
            else if (host == LocalName) addresses[host] = IPAddress.Loopback;
        }

        var taken = addresses.Values.ToHashSet();
        var free = Enumerable.Range(1, ushort.MaxValue).Select(number => new IPAddress([127, 77, (byte)(number >> 8), (byte)number])).Where(taken.Add).GetEnumerator();
        foreach (var host in hosts.Where(host => !addresses.ContainsKey(host)))
        {
            free.MoveNext();
            addresses[host] = free.Current;
        }

        return addresses;
    }

    /// <summary>Whether a name stands for the host itself wherever it is used (RFC 6761, 6.3).</summary>
    public static bool IsLocal(string host) => host == LocalName || host.EndsWith("." + LocalName, StringComparison.Ordinal);

    /// <summary>The sandbox's <c>/etc/hosts</c>.</summary>
    public static byte[] HostsFile(IReadOnlyList<SandboxEndpoint> endpoints)
    {
        var addresses = Assign(endpoints);

        // Where localhost is granted it is served on IPv4; a program that takes the first of two addresses must not get the other.
        var text = new StringBuilder(addresses.ContainsKey(LocalName) ? "127.0.0.1 localhost\n" : "127.0.0.1 localhost\n::1 localhost\n");
        if (!addresses.ContainsKey("plugin")) text.Append("127.0.0.1 plugin\n");
        foreach (var (host, address) in addresses)
        {
            if (host != LocalName && !IPAddress.TryParse(host, out _)) text.Append($"{address} {host}\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
