using System.Diagnostics;

namespace FlexCore.Testing;

/// <summary>A PostgreSQL server of the tests' own: a cluster in a folder of its own, on a free port of loopback. What it keeps survives a kill of its processes.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly int _port;
    private Process? _server;

    private PostgresServer(string folder, int port)
    {
        _folder = folder;
        _port = port;
    }

    /// <summary>The port of loopback.</summary>
    public int Port => _port;

    /// <summary>How a client reaches it.</summary>
    public string ConnectionString => ConnectionStringFor(_port);

    /// <summary>How a client reaches it through another port.</summary>
    public static string ConnectionStringFor(int port) => $"Host=127.0.0.1;Port={port};Database=postgres;Username=postgres;Pooling=true;Maximum Pool Size=50";

    /// <summary>Makes a cluster and starts it.</summary>
    /// <param name="settings">Lines for its configuration.</param>
    public static async Task<PostgresServer> StartAsync(params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("flexcore-postgres-").FullName;
        var server = new PostgresServer(folder, ServerStarter.FreePort());
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", "postgres", folder);
        await RunAsync(AsOwner(Program("initdb"), "--pgdata", server.Data, "--auth", "trust", "--username", "postgres", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"));
        await File.AppendAllLinesAsync(
            Path.Combine(server.Data, "postgresql.conf"),
            [$"port = {server._port}", "listen_addresses = '127.0.0.1'", $"unix_socket_directories = '{folder}'", "max_connections = 200", "fsync = off", .. settings]);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts the server after a kill.</summary>
    public async Task StartAgainAsync()
    {
        string[] command = ["setpriv", "--pdeathsig", "KILL", .. AsOwner(Program("postgres"), "-D", Data)];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, UseShellExecute = false };
        _server = await ServerStarter.StartAsync(start);
        _server.ErrorDataReceived += (_, _) => { };
        _server.BeginErrorReadLine();
        await WaitUntilReadyAsync();
    }

    /// <summary>Kills all its processes at once, as a crash would.</summary>
    public async Task KillAsync()
    {
        var postmaster = int.Parse((await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0]);
        Process.GetProcessById(postmaster).Kill();
        await _server!.WaitForExitAsync();
        _server.Dispose();
        _server = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await KillAsync();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                Directory.Delete(_folder, recursive: true);
                return;
            }
            catch (IOException) when (attempt < 50)
            {
                // Its other processes notice that it has gone, and end a moment later.
                await Task.Delay(100);
            }
        }
    }

    private string Data => Path.Combine(_folder, "data");

    private static string Program(string name) =>
        Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin", name)).First(File.Exists);

    /// <summary>The server refuses to run as root.</summary>
    private static string[] AsOwner(params string[] command) =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", .. command] : command;

    private async Task WaitUntilReadyAsync()
    {
        var started = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new Npgsql.NpgsqlConnection(ConnectionString + ";Pooling=false");
                await connection.OpenAsync();
                return;
            }
            catch (Npgsql.NpgsqlException) when (started.Elapsed < Patience && !_server!.HasExited)
            {
                await Task.Delay(50);
            }
        }
    }

    private static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{command[0]} ended with {process.ExitCode}: {error}");
    }
}
