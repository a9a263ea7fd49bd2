using System.Diagnostics;

namespace FlexCore.Testing;

/// <summary>npm's s3rver on a free port of loopback, which speaks S3's protocol and keeps its files in a folder; the key and its secret are <see cref="Key"/>.</summary>
public sealed class S3Server : IAsyncDisposable
{
    /// <summary>What it lets in.</summary>
    public const string Key = "S3RVER";

    /// <summary>The bucket that it has.</summary>
    public const string Bucket = "files";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Folder = Repository.PathOf("tests", "Shared", "s3rver");

    private readonly string _data = Directory.CreateTempSubdirectory("flexcore-s3-").FullName;
    private Process? _server;

    private S3Server(int port) => Port = port;

    /// <summary>The port of loopback.</summary>
    public int Port { get; }

    /// <summary>How a client reaches it.</summary>
    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>Starts one.</summary>
    public static async Task<S3Server> StartAsync()
    {
        await NpmPackages.InstallAsync(Folder);
        var server = new S3Server(ServerStarter.FreePort());
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts it again with what it had.</summary>
    public async Task StartAgainAsync()
    {
        // It makes what stands for the next page of a list with DES.
        string[] command = ["setpriv", "--pdeathsig", "KILL", "node", "--openssl-legacy-provider", Path.Combine(Folder, "server.js"), _data, $"{Port}", Bucket];
        _server = await ServerStarter.StartAsync(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, UseShellExecute = false });
        (await _server.StandardOutput.ReadLineAsync().WaitAsync(Patience)).ShouldNotBeNull("s3rver has not started");
    }

    /// <summary>Kills it at once, as a crash would.</summary>
    public async Task KillAsync()
    {
        _server!.Kill();
        await _server.WaitForExitAsync();
        _server.Dispose();
        _server = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await KillAsync();
        Directory.Delete(_data, recursive: true);
    }
}
