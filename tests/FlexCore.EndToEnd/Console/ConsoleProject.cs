using System.Net;
using FlexCore.EndToEnd.Server;

namespace FlexCore.EndToEnd.Console;

/// <summary>A server with pipelines that people look at, and a browser for all of its tests.</summary>
public sealed class ConsoleProject : IAsyncLifetime
{
    /// <summary>A tap that says what it does and goes on when a file <c>go</c> is there.</summary>
    private const string PatientTap =
        """
        import json, os, sys, time
        config = json.load(open(sys.argv[sys.argv.index("--config") + 1]))
        def say(text): print(text, file=sys.stderr, flush=True)
        say("INFO connecting to the shop")
        print(json.dumps({"type": "SCHEMA", "stream": "orders", "schema": {"type": "object", "properties": {"id": {"type": "integer"}, "total": {"type": "number"}}}, "key_properties": ["id"]}), flush=True)
        for number in range(500): print(json.dumps({"type": "RECORD", "stream": "orders", "record": {"id": number, "total": number / 4}}))
        sys.stdout.flush()
        say("WARNING 3 orders have no customer")
        while not os.path.exists(os.path.join(config["path"], "go")): time.sleep(0.05)
        print(json.dumps({"type": "STATE", "value": {"orders": 500}}), flush=True)
        say("INFO all orders are read")
        """;

    /// <summary>A tap with a record that is not as its schema says.</summary>
    private const string MixedTap =
        """
        print('{"type": "SCHEMA", "stream": "customers", "schema": {"type": "object", "properties": {"id": {"type": "integer"}}}, "key_properties": ["id"]}')
        for id in ('1', '"not-a-number"', '3'): print('{"type": "RECORD", "stream": "customers", "record": {"id": %s}}' % id)
        """;

    private const string Report =
        """
        import json, os, sys
        print("INFO writing the report", file=sys.stderr)
        if not os.path.exists("/etc/hostname"): print("INFO nobody can see the machine", file=sys.stderr)
        json.dump({"rows": 500}, open(os.environ["FLEXCORE_OUTPUT"], "w"))
        """;

    private const string Broken =
        """
        import sys
        print("ERROR the warehouse is closed", file=sys.stderr)
        sys.exit(3)
        """;

    private readonly ServedProject _server;

    public ConsoleProject() => _server = new ServedProject(new TestProject()
        .Plugin("tap-shop", "tap", PatientTap, "capabilities: { read: [\"${config.path}\"] }")
        .Plugin("target-files", "target", TestProject.RecordingTarget, "capabilities: { write: [\"${config.path}\"] }")
        .Plugin("tap-mixed", "tap", MixedTap)
        .Plugin("report", "task", Report)
        .Plugin("broken", "task", Broken)
        .Write("shop/.keep", "")
        .Write("out/.keep", "")
        .Write("orders.yaml",
            """
            name: orders
            description: Orders from the shop to the warehouse
            schedule: { cron: "*/15 * 1 1 *", timezone: Europe/Lisbon, overlap: skip }
            grants: { tap-shop: { read: [./shop] }, target-files: { write: [./out] } }
            steps:
              - id: load
                sync:
                  from: { plugin: tap-shop, config: { path: ./shop } }
                  to: { plugin: target-files, config: { path: ./out } }
              - id: report
                needs: [load]
                task: { plugin: report }
            """)
        .Write("invoices.yaml", "name: invoices\nsteps:\n  - id: check\n    noop: {}\n  - id: send\n    needs: [check]\n    task: { plugin: broken }\n  - id: file\n    needs: [send]\n    noop: {}\n")
        .Write("customers.yaml", "name: customers\ngrants: { target-files: { write: [./out] } }\nsteps:\n  - id: load\n    sync:\n      from: { plugin: tap-mixed }\n      to: { plugin: target-files, config: { path: ./out } }\n      validate: dead-letter\n")
        .Write("idle.yaml", "name: idle\nvars: { region: eu }\nsteps: [{ id: a, noop: {} }]\n"));

    internal ServedProject Server => _server;

    internal Browser Browser { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        Browser = await Browser.StartAsync(_server.Client.BaseAddress!);
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        await _server.DisposeAsync();
    }

    /// <summary>Somebody of a role who has signed in.</summary>
    internal Task<Visitor> SignInAsync(string role = "admin", Look? look = null) => Browser.SignInAsync(_server.TokenOf(role), look ?? new Look());

    /// <summary>Queues a run.</summary>
    internal async Task<string> StartAsync(string pipeline) =>
        (await _server.AskAsync(HttpMethod.Post, "/api/v1/runs", json: $$"""{"pipeline":"{{pipeline}}"}""")).ShouldBe(HttpStatusCode.Accepted).Json.GetProperty("run_id").GetString()!;

    /// <summary>Queues a run and waits for its end.</summary>
    internal Task<string> RunAsync(string pipeline, string end) => _server.RunAsync(pipeline, end);

    internal Task WaitForAsync(string run, string status) =>
        Until.TrueAsync(async () => (await _server.AskAsync(HttpMethod.Get, $"/api/v1/runs/{run}")).Json.GetProperty("status").GetString() == status, $"the run is {status}");

    /// <summary>Every page, with something on it.</summary>
    internal async Task<IReadOnlyList<string>> PagesAsync()
    {
        LetGo();
        var (run, failed, mixed) = (await RunAsync("orders", "succeeded"), await RunAsync("invoices", "failed"), await RunAsync("customers", "succeeded"));
        var letter = (await _server.AskAsync(HttpMethod.Get, $"/api/v1/deadletters?run={mixed}")).Json.GetProperty("items")[0].GetProperty("id").GetString();
        return
        [
            "/", "/pipelines", "/pipelines?search=nothing", "/pipelines/orders", "/runs", $"/runs/{run}", $"/runs/{failed}", $"/runs/{run}/steps/load", "/deadletters?status=any", $"/deadletters/{letter}",
            "/plugins", "/plugins/tap-shop", "/nodes", "/events", "/events/1", $"/events/streams/run-{run}", "/events/integrity", "/access", "/settings",
        ];
    }

    /// <summary>Lets the tap of <c>orders</c> go on.</summary>
    internal void LetGo() => _server.Project.Write("shop/go", "");

    /// <summary>Has it wait again.</summary>
    internal void HoldBack() => File.Delete(_server.Project.PathOf("shop/go"));
}
