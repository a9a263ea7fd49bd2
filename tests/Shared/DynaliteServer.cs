using System.Diagnostics;
using System.Net.NetworkInformation;

namespace FlexCore.Testing;

/// <summary>npm's dynalite on a free port of loopback, which speaks DynamoDB's protocol. It keeps nothing.</summary>
public sealed class DynaliteServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Folder = Repository.PathOf("tests", "Shared", "dynalite");

    private readonly Process _server;

    private DynaliteServer(Process server, int port) => (_server, Port) = (server, port);

    /// <summary>The port of loopback.</summary>
    public int Port { get; }

    /// <summary>How a client reaches it.</summary>
    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>How many connections it has.</summary>
    public int Connections => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Count(connection => connection.RemoteEndPoint.Port == Port && connection.State == TcpState.Established);

    /// <summary>Starts one.</summary>
    public static async Task<DynaliteServer> StartAsync()
    {
        await NpmPackages.InstallAsync(Folder);
        var port = ServerStarter.FreePort();
        string[] command =
            ["setpriv", "--pdeathsig", "KILL", "node", Path.Combine(Folder, "node_modules", "dynalite", "cli.js"), "--host", "127.0.0.1", "--port", $"{port}", "--createTableMs", "0"];
        var server = await ServerStarter.StartAsync(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, UseShellExecute = false });
        (await server.StandardOutput.ReadLineAsync().WaitAsync(Patience)).ShouldNotBeNull("dynalite has not started");
        return new DynaliteServer(server, port);
    }

    /// <summary>Kills it at once, as a crash would.</summary>
    public async Task KillAsync()
    {
        _server.Kill();
        await _server.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_server.HasExited) await KillAsync();
        _server.Dispose();
    }
}
