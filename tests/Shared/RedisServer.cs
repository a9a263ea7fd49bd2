using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace FlexCore.Testing;

/// <summary>A Redis server of the tests' own on a free port of loopback. It keeps nothing: after a kill it is empty.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("flexcore-redis-").FullName;
    private readonly string[] _settings;
    private Process? _server;

    private RedisServer(string[] settings) => _settings = settings;

    /// <summary>The port of loopback.</summary>
    public int Port { get; } = ServerStarter.FreePort();

    /// <summary>How a client reaches it.</summary>
    public string ConnectionString => $"127.0.0.1:{Port}";

    /// <summary>Starts a server.</summary>
    /// <param name="settings">Further arguments.</param>
    public static async Task<RedisServer> StartAsync(params string[] settings)
    {
        var server = new RedisServer(settings);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts the server after a kill.</summary>
    public async Task StartAgainAsync()
    {
        string[] command = ["setpriv", "--pdeathsig", "KILL", "redis-server", "--port", $"{Port}", "--save", "", "--appendonly", "no", "--dir", _folder, .. _settings.Contains("--bind") ? _settings : ["--bind", "127.0.0.1", .. _settings]];
        _server = await ServerStarter.StartAsync(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, UseShellExecute = false });
        _server.OutputDataReceived += (_, _) => { };
        _server.BeginOutputReadLine();
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                if (await AskAsync("PING") == "+PONG") return;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(began) < Patience && !_server.HasExited)
            {
                await Task.Delay(20);
            }
        }
    }

    /// <summary>Kills it at once, as a crash would.</summary>
    public async Task KillAsync()
    {
        _server!.Kill();
        await _server.WaitForExitAsync();
        _server.Dispose();
        _server = null;
    }

    /// <summary>Asks it something.</summary>
    /// <returns>The first line of the answer, as the protocol has it.</returns>
    public async Task<string?> AskAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"));
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadLineAsync();
    }

    /// <summary>What it tells of itself.</summary>
    /// <param name="section">As INFO knows it: clients, stats.</param>
    public async Task<IReadOnlyDictionary<string, string>> ReadSectionAsync(string section)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"INFO {section}\r\nQUIT\r\n"));
        using var reader = new StreamReader(client.GetStream());
        var lines = (await reader.ReadToEndAsync()).Split("\r\n");
        return lines.Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
