using System.Text.Json;

namespace FlexCore.Testing;

/// <summary>A project in a temporary folder, with plugins written for one test.</summary>
internal sealed class TestProject : IDisposable
{
    /// <summary>A target that appends what it reads, byte for byte, to <c>PATH/received</c>, and gives back each STATE.</summary>
    public const string RecordingTarget =
        """
        import json, os, sys
        config = json.load(open(sys.argv[sys.argv.index("--config") + 1]))
        received = open(os.path.join(config["path"], "received"), "ab")
        for line in sys.stdin.buffer:
            received.write(line)
            message = json.loads(line)
            if message["type"] == "STATE":
                received.flush()
                print(json.dumps(message["value"]), flush=True)
        received.close()
        """;

    /// <summary>A tap of three records and a state.</summary>
    public const string SmallTap =
        """
        print('{"type": "SCHEMA", "stream": "s", "schema": {"type": "object", "properties": {"id": {"type": "integer"}}}, "key_properties": ["id"]}')
        for i in (1, 2, 3): print('{"type": "RECORD", "stream": "s", "record": {"id": %d}}' % i)
        print('{"type": "STATE", "value": {"last": 3}}')
        """;

    public TestProject(string? parent = null)
    {
        Folder = Path.Combine(parent ?? Path.GetTempPath(), $"flexcore-e2e-{Guid.NewGuid():n}");
        Directory.CreateDirectory(Folder);
    }

    public string Folder { get; }

    /// <summary>What its commands find in their environment beside what the tests have in theirs.</summary>
    public Dictionary<string, string?> Variables { get; } = new(StringComparer.Ordinal)
    {
        // Several nodes are on one machine: those that a test asks something listen where it says.
        ["FLEXCORE__HTTP"] = "off",
        ["FLEXCORE__GRPC"] = "off",
    };

    public string PipelineFile => PathOf("pipeline.yaml");

    public string PathOf(string name) => Path.Combine(Folder, name);

    public string Received => File.Exists(PathOf("out/received")) ? File.ReadAllText(PathOf("out/received")) : "";

    public TestProject Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), content);
        return this;
    }

    /// <summary>A tap, target or task in Python.</summary>
    public TestProject Plugin(string name, string kind, string program, string more = "") =>
        Write($"plugins/{name}/plugin.py", program).Write(
            $"plugins/{name}/plugin.yaml",
            $"""
            name: {name}
            version: 1.0.0
            kind: {kind}
            protocol: {(kind == "task" ? "task" : "singer")}
            command: [python3, plugin.py]
            {more}
            """);

    /// <summary>A pipeline <c>p</c> with one sync <c>load</c> from plugin <c>tap</c> to plugin <c>target</c>, which writes <c>./out</c>.</summary>
    public TestProject Sync(string tap = SmallTap, string target = RecordingTarget, string tapMore = "", string targetMore = "", string from = "") =>
        Plugin("tap", "tap", tap, tapMore)
            .Plugin("target", "target", target, $"capabilities: {{ write: [\"${{config.path}}\"] }}\n{targetMore}")
            .Write(
                "pipeline.yaml",
                $$"""
                name: p
                grants: { target: { write: [./out] } }
                steps:
                  - id: load
                    sync:
                      from: { plugin: tap{{from}} }
                      to: { plugin: target, config: { path: ./out } }
                """);

    /// <summary>A pipeline <c>p</c> with one task.</summary>
    public TestProject Task(string program, string more = "", string step = "{ plugin: job }") =>
        Plugin("job", "task", program, more).Write("pipeline.yaml", $"name: p\nsteps:\n  - id: job\n    task: {step}\n");

    public Task<CommandResult> FlexCoreAsync(params string[] arguments) => Command.RunAsync(Repository.Launcher, arguments, Folder, Variables);

    /// <summary>Gives a secret its value, on standard input.</summary>
    public Task<CommandResult> SetSecretAsync(string name, string value) => Command.RunAsync(Repository.Launcher, ["secrets", "set", name], Folder, Variables, value);

    /// <summary>Runs a command with something on its standard input.</summary>
    public Task<CommandResult> FlexCoreFedAsync(string input, params string[] arguments) => Command.RunAsync(Repository.Launcher, arguments, Folder, Variables, input);

    public Command StartFlexCore(params string[] arguments) => Command.Start(Repository.Launcher, arguments, Folder, Variables);

    public Task<CommandResult> RunAsync(params string[] arguments) => FlexCoreAsync(["run", "pipeline.yaml", .. arguments]);

    /// <summary>Types of all events of the newest run.</summary>
    public async Task<IReadOnlyList<string>> EventsOfLatestRunAsync()
    {
        var run = (await FlexCoreAsync("runs", "show", "latest", "--json")).ShouldExitWith(0).Json;
        return await EventTypesAsync("--stream", $"run-{run.GetProperty("run_id").GetString()}");
    }

    public async Task<IReadOnlyList<string>> EventTypesAsync(params string[] filter) => [.. (await EventsAsync(filter)).Select(item => item.GetProperty("type").GetString()!)];

    public async Task<IReadOnlyList<JsonElement>> EventsAsync(params string[] filter) =>
        [.. (await FlexCoreAsync(["events", "list", "--json", "--limit", "100000", .. filter])).ShouldExitWith(0).Json.EnumerateArray()];

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
