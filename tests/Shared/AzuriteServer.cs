using System.Diagnostics;

namespace FlexCore.Testing;

/// <summary>npm's azurite on a free port of loopback, which speaks the protocol of Azure's blob storage and keeps its files in a folder.</summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    /// <summary>The storage account that it has.</summary>
    public const string Account = "devstoreaccount1";

    /// <summary>The account's key, which is in its documentation.</summary>
    public const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Folder = Repository.PathOf("tests", "Shared", "azurite");

    private readonly string _data = Directory.CreateTempSubdirectory("flexcore-azurite-").FullName;
    private Process? _server;

    private AzuriteServer(int port) => Port = port;

    /// <summary>The port of loopback.</summary>
    public int Port { get; }

    /// <summary>How a client reaches it.</summary>
    public string Address => $"http://127.0.0.1:{Port}/{Account}";

    /// <summary>Starts one, without containers.</summary>
    public static async Task<AzuriteServer> StartAsync()
    {
        await NpmPackages.InstallAsync(Folder);
        var server = new AzuriteServer(ServerStarter.FreePort());
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts it again with what it had.</summary>
    public async Task StartAgainAsync()
    {
        string[] command =
            ["setpriv", "--pdeathsig", "KILL", "node", "--require", Path.Combine(Folder, "close.js"), Path.Combine(Folder, "node_modules", "azurite", "dist", "src", "blob", "main.js"), "--blobHost", "127.0.0.1", "--blobPort", $"{Port}", "--location", _data, "--silent", "--disableTelemetry"];
        _server = await ServerStarter.StartAsync(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, UseShellExecute = false });
        while (await _server.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line && !line.Contains("successfully listens", StringComparison.Ordinal))
        {
        }

        _server.HasExited.ShouldBeFalse("azurite has not started");
    }

    /// <summary>Ends it. It writes down what it has only every few seconds and when it is asked to end, so it is asked.</summary>
    public async Task StopAsync()
    {
        using var term = await ServerStarter.StartAsync(new ProcessStartInfo("kill", ["-TERM", $"{_server!.Id}"]) { UseShellExecute = false });
        await term.WaitForExitAsync();
        await _server.WaitForExitAsync().WaitAsync(Patience);
        _server.Dispose();
        _server = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            _server.Kill();
            await _server.WaitForExitAsync();
            _server.Dispose();
        }

        Directory.Delete(_data, recursive: true);
    }
}
