using System.Diagnostics;
using System.Net.NetworkInformation;

namespace FlexCore.Testing;

/// <summary>A stand-in for MongoDB on a free port of loopback (<c>mongodb/server.mjs</c>): it speaks its protocol, understands what npm's mingo does, and keeps nothing.</summary>
public sealed class MongoDbStandIn : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Folder = Repository.PathOf("tests", "Shared", "mongodb");

    private readonly string[] _options;
    private Process _server;

    private MongoDbStandIn(Process server, int port, string[] options) => (_server, Port, _options) = (server, port, options);

    /// <summary>The port of loopback.</summary>
    public int Port { get; }

    /// <summary>How a client reaches it.</summary>
    public string Address => $"mongodb://127.0.0.1:{Port}";

    /// <summary>How many connections it has.</summary>
    public int Connections => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Count(connection => connection.RemoteEndPoint.Port == Port && connection.State == TcpState.Established);

    /// <summary>Starts one.</summary>
    /// <param name="options">As the head of its program says.</param>
    public static async Task<MongoDbStandIn> StartAsync(params string[] options)
    {
        await NpmPackages.InstallAsync(Folder);
        var (server, port) = await StartAsync(port: 0, options);
        return new MongoDbStandIn(server, port, options);
    }

    /// <summary>Kills it at once, as a crash would.</summary>
    public async Task KillAsync()
    {
        _server.Kill();
        await _server.WaitForExitAsync();
    }

    /// <summary>Starts it again at the same place, without what it had.</summary>
    public async Task RestartAsync()
    {
        _server.Dispose();
        (_server, _) = await StartAsync(Port, _options);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_server.HasExited) await KillAsync();
        _server.Dispose();
    }

    private static async Task<(Process Server, int Port)> StartAsync(int port, string[] options)
    {
        string[] command = ["setpriv", "--pdeathsig", "KILL", "node", Path.Combine(Folder, "server.mjs"), "--port", $"{port}", .. options];
        var server = await ServerStarter.StartAsync(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, UseShellExecute = false });
        var line = await server.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return (server, int.Parse(line.ShouldNotBeNull("the stand-in for MongoDB has not started"), System.Globalization.CultureInfo.InvariantCulture));
    }
}
