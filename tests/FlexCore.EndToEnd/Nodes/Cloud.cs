using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace FlexCore.EndToEnd.Nodes;

/// <summary>An API of machines as clouds have them, on loopback; each machine is a real process.</summary>
internal sealed class Cloud : IAsyncDisposable
{
    /// <summary>The plugin that speaks with it.</summary>
    public const string Plugin =
        """
        import json, os, sys, urllib.request
        asked = json.load(sys.stdin)["input"]

        def call(method, path, body=None):
            data = None if body is None else json.dumps(body).encode()
            with urllib.request.urlopen(urllib.request.Request(asked["config"]["url"] + path, data, method=method)) as answer:
                return json.loads(answer.read())

        if asked["operation"] == "provision":
            left = {"machine": call("POST", "/machines", {"name": asked["worker"], "slots": asked["slots"], "labels": asked["labels"]})["id"]}
        elif asked["operation"] == "list":
            left = {"workers": call("GET", "/machines")}
        else:
            call("DELETE", "/machines/" + asked["worker"])
            left = {}
        json.dump(left, open(os.environ["FLEXCORE_OUTPUT"], "w"))
        """;

    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, Command> _machines = new(StringComparer.Ordinal);
    private readonly TestProject _project;
    private readonly string _data;
    private readonly Task _serving;
    private int _refusals;

    /// <param name="project">Whose nodes its machines are.</param>
    /// <param name="data">The data directory of the project.</param>
    /// <param name="refusals">So many wishes for a machine it refuses first.</param>
    public Cloud(TestProject project, string data, int refusals)
    {
        (_project, _data, _refusals) = (project, data, refusals);
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = $"127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add($"http://{Address}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Address { get; }

    public IReadOnlyList<string> Machines => [.. _machines.Keys];

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        foreach (var machine in _machines.Values) await machine.DisposeAsync();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                var (status, body) = await AnswerAsync(context.Request);
                context.Response.StatusCode = status;
                context.Response.Close(Encoding.UTF8.GetBytes(body), willBlock: false);
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task<(int Status, string Body)> AnswerAsync(HttpListenerRequest request)
    {
        if (request.HttpMethod == "GET") return (200, JsonSerializer.Serialize(_machines.Keys));
        if (request.HttpMethod == "DELETE")
        {
            if (_machines.Remove(request.Url!.Segments[^1], out var ending)) await ending.DisposeAsync();
            return (200, "{}");
        }

        if (_refusals-- > 0) return (503, "{}");
        var wanted = (await JsonDocument.ParseAsync(request.InputStream)).RootElement;
        var name = wanted.GetProperty("name").GetString()!;
        string[] labels = [.. wanted.GetProperty("labels").EnumerateArray().SelectMany(label => (string[])["--label", label.GetString()!])];
        _machines[name] = _project.StartFlexCore(["serve", "--name", name, "--slots", wanted.GetProperty("slots").GetRawText(), "--data", _data, .. labels]);
        return (200, $$"""{"id":"m-{{name}}"}""");
    }
}
