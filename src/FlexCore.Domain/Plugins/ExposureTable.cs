using System.Net;

namespace FlexCore.Domain.Plugins;

/// <summary>
/// What each capability and each missing guard weighs, in tenths of a point. The first row that fits holds. docs/reference/grants.md shows the same
/// table, and a test compares the two.
/// </summary>
public static class ExposureTable
{
    private static readonly string[] SystemFolders = ["/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/boot"];

    private static readonly (Func<string, HostPlaces, bool> Fits, int Read, int Write, string Why)[] Paths =
    [
        ((path, _) => Grant.IsReference(path), 20, 30, "whatever path a pipeline's settings name"),
        ((path, host) => Grant.Covers(path, host.Home), 25, 40, "holds your whole home folder, with its keys"),
        ((path, host) => IsHiddenInHome(path, host.Home), 25, 40, "settings and keys of your user"),
        ((path, _) => Array.Exists(SystemFolders, folder => Grant.Covers(path, folder) || Grant.Covers(folder, path)), 15, 40, "belongs to the system"),
        ((path, host) => Grant.Covers(path, host.Project), 10, 25, "holds the whole project, other pipelines too"),
        ((path, _) => path.AsSpan(1).IndexOf('/') < 0, 10, 20, "a whole folder of the root"),
        ((_, _) => true, 3, 8, "a file, or a folder with all below it"),
    ];

    private static readonly (Func<string, bool> Fits, int Tenths, string Why)[] Hosts =
    [
        (Grant.IsReference, 20, "whatever destination a pipeline's settings name"),
        (host => Address(host) is { } address && address.GetAddressBytes() is [169, 254, ..], 30, "an address of the link, where clouds give out credentials"),
        (host => host == "localhost" || (Address(host) is { } address && (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any))), 20, "a service of this machine, which may trust whoever is local"),
        (host => Address(host) is { } address && address.GetAddressBytes() is [10, ..] or [172, >= 16 and < 32, ..] or [192, 168, ..], 10, "an address of your own network"),
        (host => !host.Contains('.', StringComparison.Ordinal) || host.EndsWith(".internal", StringComparison.Ordinal) || host.EndsWith(".local", StringComparison.Ordinal), 10, "a host of your own network"),
        (_ => true, 5, "a host to which it may send whatever it can read"),
    ];

    private static readonly (Func<PluginLimits, bool> IsMissing, int Tenths, string What, string Why)[] Limits =
    [
        (limits => limits.Time is null, 2, "no time limit", "it may run for ever"),
        (limits => limits.Cpus is null, 2, "no cpu limit", "it may use all CPUs"),
        (limits => limits.DiskBytes is null, 2, "no disk limit", "it may fill the disk through its work folder"),
        (limits => limits.StdoutBytes is null, 1, "no stdout limit", "it may write without end"),
    ];

    private static readonly (Func<PluginPinning, bool> Fits, int Tenths, string What, string Why)[] Pinnings =
    [
        (pinning => pinning.IsWritableByAnybody, 20, "writable files", "any user of this machine may change its program"),
        (pinning => !pinning.IsRegistered, 5, "not registered", "its files may change without a question"),
    ];

    private static readonly (int Tenths, string Why) Fetched = (3, "part of its program came from there, and nobody has looked at it");
    private static readonly (int Tenths, string Why) Secret = (8, "it knows a secret, and may tell it to whom it may talk to");
    private static readonly (int Tenths, string Why) Variable = (3, "it sees what the runtime's environment says");

    /// <summary>All rows, for the documentation: what they are about, why they weigh something, and how much, in tenths of a point.</summary>
    public static IEnumerable<(string About, string Why, int Tenths)> Rows =>
    [
        .. Paths.Select(row => ("read", row.Why, row.Read)),
        .. Paths.Select(row => ("write", row.Why, row.Write)),
        .. Hosts.Select(row => ("net", row.Why, row.Tenths)),
        ("secret", Secret.Why, Secret.Tenths),
        ("env", Variable.Why, Variable.Tenths),
        ("install net", Fetched.Why, Fetched.Tenths),
        .. Limits.Select(row => (row.What, row.Why, row.Tenths)),
        .. Pinnings.Select(row => (row.What, row.Why, row.Tenths)),
    ];

    internal static Exposure Reading(string path, HostPlaces host)
    {
        var row = Array.Find(Paths, row => row.Fits(path, host));
        return new Exposure(row.Read, $"read {path}", row.Why);
    }

    internal static Exposure Writing(string path, HostPlaces host)
    {
        var row = Array.Find(Paths, row => row.Fits(path, host));
        return new Exposure(row.Write, $"write {path}", row.Why);
    }

    internal static Exposure Connecting(string destination)
    {
        // A reference may stand for the port alone.
        var colon = destination.LastIndexOf(':');
        var host = Grant.IsReference(destination) || colon < 0 ? destination : destination[..colon];
        var row = Array.Find(Hosts, row => row.Fits(host));
        return new Exposure(row.Tenths, $"net {destination}", row.Why);
    }

    internal static Exposure KnowingSecret(string name) => new(Secret.Tenths, $"secret {name}", Secret.Why);

    internal static Exposure KnowingVariable(string name) => new(Variable.Tenths, $"env {name}", Variable.Why);

    internal static IEnumerable<Exposure> Installing(PluginInstall? install) =>
        (install?.Net ?? []).Select(destination => new Exposure(Fetched.Tenths, $"install net {destination}", Fetched.Why));

    internal static IEnumerable<Exposure> Lacking(PluginLimits limits) =>
        Limits.Where(row => row.IsMissing(limits)).Select(row => new Exposure(row.Tenths, row.What, row.Why));

    internal static IEnumerable<Exposure> Changing(PluginPinning pinning) =>
        Pinnings.Where(row => row.Fits(pinning)).Select(row => new Exposure(row.Tenths, row.What, row.Why));

    private static bool IsHiddenInHome(string path, string home) => Grant.Covers(home, path) && path.AsSpan(home.Length).TrimStart('/') is ['.', ..];

    private static IPAddress? Address(string host) => IPAddress.TryParse(host, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? address : null;
}
