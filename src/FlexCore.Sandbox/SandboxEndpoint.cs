using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FlexCore.Sandbox.Network;

namespace FlexCore.Sandbox;

/// <summary>One destination that a sandboxed program may connect to by TCP.</summary>
/// <param name="Host">A host name in lower case, without a dot at its end, or an IPv4 address.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record SandboxEndpoint(string Host, int Port)
{
    /// <summary>How many destinations one sandbox can be given.</summary>
    public const int MostPerSandbox = 64;

    private const int LongestName = 253; // RFC 1035, 2.3.4
    private const int LongestLabel = 63;

    /// <summary>Reads <c>HOST:PORT</c>: exactly one destination, no wildcard.</summary>
    /// <param name="text">As somebody has written it; a name may have capitals and a dot at its end.</param>
    /// <param name="problem">What is wrong with the text, to be put behind it; empty when nothing is.</param>
    /// <returns>Null when it is no such text.</returns>
    public static SandboxEndpoint? Parse(string text, out string problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? text : text[..colon].TrimEnd('.').ToLowerInvariant();
        var hasPort = int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port);
        problem = text switch
        {
            _ when text.Contains("://", StringComparison.Ordinal) => "is a URL; write only its HOST:PORT",
            _ when text.Contains('*', StringComparison.Ordinal) => "has a wildcard; name each host with its port",
            _ when text.StartsWith('[') || text.Count(c => c == ':') > 1 => "is an IPv6 address, which cannot be given in a sandbox; write a name that stands for it",
            _ when colon < 0 => "has no port; write HOST:PORT, such as api.example.com:443",
            _ when !hasPort || port is < 1 or > IPEndPoint.MaxPort => $"needs a port from 1 to {IPEndPoint.MaxPort}",
            _ when EndsInNumber(host) => IsAddress(host) ? string.Empty : "is not the IPv4 address of one machine, such as 10.0.0.5",
            _ when !IsName(host) => "is not the name of a host",
            _ => string.Empty,
        };
        return problem.Length == 0 ? new SandboxEndpoint(host, port) : null;
    }

    /// <summary><c>HOST:PORT</c>.</summary>
    public override string ToString() => $"{Host}:{Port}";

    private static bool IsName(string host) => host.Length is > 0 and <= LongestName && host.Split('.').All(IsLabel);

    // Underscores are in no host name by RFC 952, and in many that are in use.
    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= LongestLabel && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>Whether programs would take it for an address: <c>127.1</c>, <c>0x7f000001</c> and <c>2130706433</c> are 127.0.0.1 to many of them.</summary>
    private static bool EndsInNumber(string host)
    {
        var last = host[(host.LastIndexOf('.') + 1)..];
        return last.Length > 0 && (last.All(char.IsAsciiDigit) || (last.StartsWith("0x", StringComparison.Ordinal) && last[2..].All(char.IsAsciiHexDigit)));
    }

    private static bool IsAddress(string host) =>
        IPAddress.TryParse(host, out var address)
        && address.AddressFamily == AddressFamily.InterNetwork
        && address.ToString() == host
        && AddressKinds.IsOneMachine(address);
}
