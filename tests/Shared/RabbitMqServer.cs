using System.Diagnostics;
using System.Net.Sockets;

namespace FlexCore.Testing;

/// <summary>
/// A RabbitMQ server of the tests' own: a node with a folder of its own, on free ports of loopback. What it keeps survives a kill. No epmd is started: the node's port for other nodes is given, so nobody has to be asked for it.
/// </summary>
public sealed class RabbitMqServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _folder = Directory.CreateTempSubdirectory("flexcore-rabbitmq-").FullName;
    private readonly string[] _settings;
    private readonly int _nodes = ServerStarter.FreePort();
    private Process? _server;

    private RabbitMqServer(string[] settings) => _settings = settings;

    /// <summary>The port of loopback.</summary>
    public int Port { get; } = ServerStarter.FreePort();

    /// <summary>Its address; user and password are <c>guest</c>.</summary>
    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Starts a server.</summary>
    /// <param name="settings">Further lines of its configuration.</param>
    public static async Task<RabbitMqServer> StartAsync(params string[] settings)
    {
        var server = new RabbitMqServer(settings);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts the server after a kill.</summary>
    public async Task StartAgainAsync()
    {
        var (configuration, none, node) = (Path.Combine(_folder, "rabbitmq.conf"), Path.Combine(_folder, "none"), $"flexcore-{Port}@localhost");
        await File.WriteAllLinesAsync(configuration, [$"listeners.tcp.1 = {Address}", .. _settings]);
        await File.WriteAllTextAsync(none, "");
        string[] command = ["setpriv", "--pdeathsig", "KILL", "/usr/lib/rabbitmq/bin/rabbitmq-server"];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = _folder };
        foreach (var (name, value) in new[]
        {
            ("HOME", _folder), ("RABBITMQ_NODENAME", node), ("RABBITMQ_MNESIA_BASE", Path.Combine(_folder, "mnesia")), ("RABBITMQ_LOG_BASE", Path.Combine(_folder, "log")), ("RABBITMQ_LOGS", "-"),
            ("RABBITMQ_CONFIG_FILE", configuration), ("RABBITMQ_CONF_ENV_FILE", none), ("RABBITMQ_ENABLED_PLUGINS_FILE", Path.Combine(_folder, "plugins")),
            ("RABBITMQ_NODE_PORT", $"{Port}"), ("RABBITMQ_DIST_PORT", $"{_nodes}"), ("RABBITMQ_ALLOW_INPUT", "true"), // which makes the process the server itself, not a script beside it
            ("ERL_FLAGS", "-start_epmd false"), ("ERL_EPMD_ADDRESS", "127.0.0.1"), // also for the process by which it would start one after a minute
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                $"-noinput -sname {node} -erl_epmd_port {_nodes} -kernel inet_dist_use_interface {{127,0,0,1}} inet_dist_listen_min {_nodes} inet_dist_listen_max {_nodes} +S 2:2 +sbwt none"),
        }) start.Environment[name] = value;
        _server = await ServerStarter.StartAsync(start);
        _server.OutputDataReceived += (_, _) => { };
        _server.ErrorDataReceived += (_, _) => { };
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                if (await AnswersAsync()) return;
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // Not yet.
            }

            if (_server.HasExited || Stopwatch.GetElapsedTime(began) > Patience) throw new InvalidOperationException($"RabbitMQ does not start on port {Port}");
            await Task.Delay(50);
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
                // Its children notice that it has gone, and end a moment later.
                await Task.Delay(100);
            }
        }
    }

    // A client begins by naming the protocol, and is asked who it is.
    private async Task<bool> AnswersAsync()
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port);
        await client.GetStream().WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray());
        return await client.GetStream().ReadAsync(new byte[1]) == 1;
    }
}
