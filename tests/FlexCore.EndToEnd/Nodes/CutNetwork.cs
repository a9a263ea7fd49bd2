namespace FlexCore.EndToEnd.Nodes;

/// <summary>A network namespace whose only way out is a cable to this machine, which can be pulled.</summary>
internal sealed class CutNetwork : IAsyncDisposable
{
    /// <summary>This machine, as seen from inside. Of the block for benchmarks of networks (RFC 2544): nobody has it.</summary>
    private const string Outside = "198.18.211.1";
    private const string Inside = "198.18.211.2";

    private readonly string _name = $"fc-cut-{Environment.ProcessId}";
    private readonly string _cable = $"fcc{Environment.ProcessId}";
    private readonly string _hostsFile = Path.Combine(Path.GetTempPath(), $"fc-cut-{Environment.ProcessId}.hba");

    private CutNetwork() => File.WriteAllText(_hostsFile, $"host all all 127.0.0.1/32 trust\nhost all all {Inside}/32 trust\n");

    /// <summary>What starts a program in it, and becomes that program.</summary>
    public IReadOnlyList<string> Entrance => ["nsenter", $"--net=/run/netns/{_name}"];

    /// <summary>Lets PostgreSQL be reached from inside.</summary>
    public IReadOnlyList<string> PostgresSettings => [$"listen_addresses = '127.0.0.1,{Outside}'", $"hba_file = '{_hostsFile}'"];

    /// <summary>The same of Redis.</summary>
    public static string[] RedisSettings => ["--bind", $"127.0.0.1 {Outside}", "--protected-mode", "no"];

    /// <summary>How a node inside reaches the servers.</summary>
    public static IReadOnlyDictionary<string, string?> Variables(PostgresServer postgres, RedisServer redis) => new Dictionary<string, string?>
    {
        ["FLEXCORE__STORE__CONNECTION"] = postgres.ConnectionString.Replace("127.0.0.1", Outside, StringComparison.Ordinal),
        ["FLEXCORE__COORDINATION__CONNECTION"] = redis.ConnectionString.Replace("127.0.0.1", Outside, StringComparison.Ordinal),
    };

    public static async Task<CutNetwork> CreateAsync()
    {
        Repository.RequireRoot();
        var network = new CutNetwork();
        await IpAsync("netns", "add", network._name);
        await IpAsync("link", "add", network._cable, "type", "veth", "peer", "name", "cable", "netns", network._name);
        await IpAsync("address", "add", $"{Outside}/30", "dev", network._cable);
        await IpAsync("link", "set", network._cable, "up");
        await IpAsync("-n", network._name, "address", "add", $"{Inside}/30", "dev", "cable");
        await IpAsync("-n", network._name, "link", "set", "cable", "up");
        await IpAsync("-n", network._name, "link", "set", "lo", "up");
        return network;
    }

    public Task PullAsync() => IpAsync("link", "set", _cable, "down");

    public Task PlugInAsync() => IpAsync("link", "set", _cable, "up");

    // The cable goes with the namespace.
    public async ValueTask DisposeAsync()
    {
        await IpAsync("netns", "delete", _name);
        File.Delete(_hostsFile);
    }

    private static async Task IpAsync(params string[] arguments) => (await Command.RunAsync("ip", arguments, "/")).ShouldExitWith(0);
}
