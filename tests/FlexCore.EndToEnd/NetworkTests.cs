using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FlexCore.EndToEnd;

/// <summary>A tap that fetches its records by HTTP, with the standard library and no setting of a proxy.</summary>
public sealed class NetworkTests : IDisposable
{
    private const string FetchingTap =
        """
        import json, sys, urllib.request
        config = json.load(open(sys.argv[sys.argv.index("--config") + 1]))
        print('{"type": "SCHEMA", "stream": "s", "schema": {"type": "object"}, "key_properties": []}')
        for _ in range(config.get("times", 1)):
            for record in json.load(urllib.request.urlopen(f"http://{config['server']}/records")):
                print(json.dumps({"type": "RECORD", "stream": "s", "record": record}))
        """;

    private const string Body = """[{"id": 1}, {"id": 2}]""";
    private static readonly byte[] Answer = Encoding.ASCII.GetBytes($"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");

    private readonly TcpListener _server = new(IPAddress.Loopback, 0);

    public NetworkTests()
    {
        _server.Start();
        Server = $"localhost:{((IPEndPoint)_server.LocalEndpoint).Port}";
        _ = ServeAsync();
    }

    private string Server { get; }

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Tap_fetches_from_what_it_was_granted_and_the_connection_is_on_record_with_its_bytes()
    {
        using var project = Project(Server);

        var result = (await project.RunAsync()).ShouldExitWith(0);

        project.Received.Split('\n').Count(line => line.Contains("RECORD", StringComparison.Ordinal)).ShouldBe(2);
        result.Error.ShouldContain($"load: tap gets net {Server}");
        var connected = (await project.EventsAsync("--type", "PluginConnected")).ShouldHaveSingleItem();
        connected.GetProperty("stream").GetString().ShouldStartWith("execution-");
        var data = connected.GetProperty("data");
        data.GetProperty("destination").GetString().ShouldBe(Server);
        data.GetProperty("outcome").GetString().ShouldBe("connected");
        data.GetProperty("address").GetString().ShouldBe("127.0.0.1");
        data.GetProperty("bytes_sent").GetInt64().ShouldBeGreaterThan(50);
        data.GetProperty("bytes_received").GetInt64().ShouldBe(Answer.Length);
        data.GetProperty("connections").GetInt64().ShouldBe(1);
        (await project.EventTypesAsync("--stream", connected.GetProperty("stream").GetString()!)).ShouldBe(["PluginExecutionStarted", "PluginConnected", "PluginExecutionCompleted"]);
        (await project.FlexCoreAsync("plugin", "show", "tap")).ShouldExitWith(0).Output.ShouldContain($"net {Server}");
    }

    [Fact]
    public async Task Server_with_which_attempts_keep_failing_is_left_alone_for_a_while_and_the_run_and_the_record_tell()
    {
        _server.Stop();
        using var project = Project(Server).Write("flexcore.yaml", "circuit_breaker: { failures: 2, cooldown: 600ms }\n");
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile).Replace("  - id: load\n", "  - id: load\n    retry: { attempts: 3, initial: 1ms }\n", StringComparison.Ordinal));

        var result = (await project.RunAsync()).ShouldExitWith(1);

        result.Error.ShouldContain($"warning: {Server} is left alone for 0.6 s: 2 attempts in a row have failed that use it");
        result.Error.ShouldContain("attempt 3 of 3 in 0.6 s");
        var opened = (await project.EventsAsync("--type", "CircuitOpened")).ShouldHaveSingleItem();
        opened.GetProperty("stream").GetString().ShouldBe($"circuit-{Server}");
        opened.GetProperty("data").GetProperty("failures").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task Without_the_grant_nothing_starts_and_the_block_to_paste_is_printed_and_works()
    {
        using var project = Project(granted: null);

        var refused = (await project.FlexCoreAsync("validate", "pipeline.yaml")).ShouldExitWith(2);

        refused.Error.ShouldContain($"error[FX1030]: pipeline.yaml:6:23: plugin tap asks for what nobody has granted: net {Server}");
        refused.Error.ShouldContain($"tap: {{ net: [\"{Server}\"] }}");
        (await project.RunAsync()).ShouldExitWith(2);
        project.Received.ShouldBeEmpty();
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile).Replace("grants: {", $"grants: {{ tap: {{ net: [\"{Server}\"] }},", StringComparison.Ordinal));
        (await project.RunAsync()).ShouldExitWith(0);
    }

    [Fact]
    public async Task Normal_user_gives_a_plugin_the_same_network()
    {
        Repository.RequireRoot();
        using var project = Project(Server);
        await NormalUser.OwnAsync(project.Folder);

        (await NormalUser.FlexCoreAsync(project, "run", "pipeline.yaml")).ShouldExitWith(0);

        project.Received.ShouldContain("RECORD");
    }

    [Fact]
    public async Task Plugin_that_connects_very_often_leaves_few_events()
    {
        using var project = Project(Server, times: 250);

        (await project.RunAsync()).ShouldExitWith(0);

        var connections = (await project.EventsAsync("--type", "PluginConnected")).Select(item => item.GetProperty("data")).ToList();
        connections.Count.ShouldBe(101);
        connections[^1].GetProperty("connections").GetInt64().ShouldBe(150);
        connections.Sum(item => item.GetProperty("bytes_received").GetInt64()).ShouldBe(250 * Answer.Length);
    }

    [Fact]
    public async Task Destination_that_is_down_fails_the_plugin_and_the_log_says_why()
    {
        using var project = Project(Server);
        _server.Stop();

        (await project.RunAsync()).ShouldExitWith(1);

        (await project.FlexCoreAsync("runs", "logs", "latest")).ShouldExitWith(0).Output.ShouldContain($"network: {Server} cannot be reached at 127.0.0.1");
        (await project.EventsAsync("--type", "PluginConnected"))[0].GetProperty("data").GetProperty("outcome").GetString().ShouldBe("unreachable");
    }

    private TestProject Project(string? granted, int times = 1)
    {
        var project = new TestProject().Sync(FetchingTap, tapMore: "capabilities: { net: [\"${config.server}\"] }", from: $", config: {{ server: \"{Server}\", times: {times} }}");
        if (granted is not null) project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile).Replace("grants: {", $"grants: {{ tap: {{ net: [\"{granted}\"] }},", StringComparison.Ordinal));
        return project;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _server.AcceptSocketAsync();
                await client.ReceiveAsync(new byte[4096]);
                await client.SendAsync(Answer);
                client.Shutdown(SocketShutdown.Send);
                while (await client.ReceiveAsync(new byte[4096]) > 0)
                {
                    // Until the client has ended too.
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}
