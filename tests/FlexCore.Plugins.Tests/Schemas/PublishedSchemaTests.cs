using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Settings;
using FlexCore.Plugins.Yaml;
using FlexCore.Testing;

namespace FlexCore.Plugins.Tests.Schemas;

/// <summary>
/// The schemas say what the readers say. Beside these tests, whatever another test has a pipeline or a manifest read of goes past them (<see cref="PublishedSchema.ShouldAgree"/>).
/// </summary>
public sealed partial class PublishedSchemaTests : IDisposable
{
    // Comes to every key and every word of its schema.
    private const string Pipeline = """
        name: p
        description: Everything
        vars: { a: 1, list: [x, y], region: eu }
        parallel: 2
        concurrency: 1
        schedule: { cron: "*/15 * * * *", timezone: Europe/Lisbon, overlap: skip, misfire: once, start: 2026-01-01, end: 2027-01-01T06:30Z }
        triggers: [{ after: first, on: success }, { event: StateCommitted, pipeline: first }, { webhook: { secret: hook, set: { region: /order/region } } }, { file: ./inbox/*.csv }]
        labels: [gpu]
        priority: 5
        grants:
          tap-csv: { read: [./in.csv], write: [], env: [TZ], net: [], secrets: [] }
          target-jsonl: { write: [./out] }
          report: { read: [.] }
          hash: {}
        steps:
          - id: load
            timeout: 1h
            retry: { attempts: 2, backoff: fixed, initial: 1s, max: 2s, jitter: false, on: [exit-code] }
            sync:
              from: { plugin: tap-csv, config: { path: ./in.csv }, select: [s], grants: { read: [./in.csv] } }
              through:
                - map: { stream: s, flatten: true, rename: { a: b }, cast: { b: string }, derive: { c: "1" }, where: "c = 1", mask: { b: hmac, d: { keep-last: 2 } }, select: [b, c, d], drop: [e] }
                - map: { stream: t, flatten: { separator: _, depth: 2 } }
                - plugin: hash
                  config: {}
                  grants: {}
              to:
                - { plugin: target-jsonl, config: { path: ./out }, grants: { write: [./out] } }
              validate: { mode: dead-letter, max_dead: 1, max_percent: 5 }
          - id: second
            matrix: { m: [a, b], n: "${vars.list}" }
            sync: { from: { plugin: tap-csv, config: { path: ./in.csv } }, to: { plugin: target-jsonl, config: { path: ./out } }, validate: warn, drift: warn, guards: { empty: fail, shrink: 80% } }
          - id: dealt
            sync: { from: { plugin: tap-csv, config: { path: ./in.csv }, select: ["*"] }, to: { plugin: target-jsonl, config: { path: ./out } }, partitions: { taps: 4, together: [[s, t]] } }
          - id: drifting
            sync: { from: { plugin: tap-csv, config: { path: ./in.csv } }, to: { plugin: target-jsonl, config: { path: ./out } }, drift: { added: allow, removed: warn, widened: warn, narrowed: fail, required: fail, keys: fail, other: warn } }
          - id: tell
            needs: [load]
            when: always
            task: { plugin: report, args: [x, 1], input: { path: . }, grants: { read: [.] } }
          - id: other
            needs: [load]
            timeout: 1h
            pipeline: { name: others, vars: { region: eu, first: 1, rows: "${steps.load.records.s}" } }
          - id: ask
            http: { url: "https://example.com/orders", method: POST, query: { a: [1, 2] }, headers: { X-A: b }, body: { a: 1 }, auth: { bearer: "${secret.hook}" }, idempotency_key: k, expect: [201], retry: { attempts: 2, initial: 1s, max: 2s }, rate: 5/s, timeout: 10s, max_answer: 1MiB, redirects: ["a.example.com:443"], save: ./a.jsonl, output: { total: /total } }
          - id: walk
            http: { url: "https://example.com/orders", auth: { basic: { user: a, password: "${secret.hook}" } }, pages: { next: cursor, at: /next, parameter: after, items: /data, most: 5 } }
          - id: count
            http: { url: "https://example.com/orders", auth: { client_credentials: { token_url: "https://example.com/token", client_id: a, client_secret: "${secret.hook}", scope: read } }, pages: { next: offset, first: 0, size: 10 } }
          - id: shape
            json: { file: ./in.json, schema: ./schema.json, select: /data, where: "a > 1", reshape: { a: /b, c: { value: d } }, save: ./out.jsonl }
          - id: here
            json: { input: { a: 1 } }
          - id: store
            sql: { postgres: { host: db, port: 5432, database: shop, user: me, password: "${secret.hook}", tls: verify }, parameters: { a: 1 }, do: [{ execute: select 1 }, { script: ./a.sql }, { load: { file: ./a.csv, table: orders, columns: [a] } }, { read: { query: select 1, save: ./b.csv } }] }
          - id: keep
            sql: { sqlite: ./keep.db, do: [{ execute: select 1 }] }
          - id: done
            needs: [load]
            when: steps.load.records.s > 0 and vars.a = 1
            noop: {}
        notify:
          - { on: failure, channel: ops }
          - { on: [late, success], channel: ops, late: 30m }
        """;

    // What a pipeline with a sync cannot have.
    private const string Scheduled = "name: p\nschedule: [{ cron: '@daily' }, { cron: 0 6 * * mon, overlap: replace, misfire: all }]\nsteps:\n  - id: s\n    noop: {}\n";
    private const string Overlapping = "name: p\nvars: { a: 1 }\nconcurrency: { limit: 2, per: a }\nsteps:\n  - id: s\n    noop: {}\n";

    private const string Manifest = """
        name: mine
        version: 1.0
        kind: tap
        protocol: singer
        command: [sh]
        config: schema.json
        singer: { catalog: none, discover: false }
        capabilities: { read: [/srv], write: ["${config.path}"], env: [TZ], net: ["example.com:443"], secrets: [api_key] }
        limits: { memory: 64MiB, processes: 2, files: 16, tmp: 1GiB, line: 64KiB, grace: 1.5s, cpu: 1.5, disk: 1GiB, stdout: 10GiB, stderr: 1MiB, time: 1h, idle: 10m }
        """;

    private static readonly string[] Settings =
    [
        """
        store: { kind: postgres, connection: Host=db, schema: other, archive: /srv/archive, checkpoints: { events: 10, seconds: 10, publish: "https://example.com/", key_secret: log_key } }
        secrets: { kind: file, folder: /run/secrets }
        catalog: { kind: json-folder, path: /srv/catalog }
        files: { kind: s3, container: files, folder: team/a, region: eu-central-1, endpoint: "https://s3.example.com", account: AKIA1, key: secret }
        limits: { memory: 64MiB, processes: 2, files: 16, tmp: 1GiB, line: 64KiB, grace: 1.5s, cpu: 1.5, disk: 1GiB, stdout: 10GiB, stderr: 1MiB, time: 1h, idle: 10m }
        isolation: { accept: [process] }
        queue: { cap: 5000 }
        bus: { transport: rabbitmq, address: ["a:5672", "b:5672"], user: me, password: p, tls: true, topic: shop.flexcore, events: [run, state] }
        workers: { autoscale: 0..4, provider: command, plugin: cloud, config: { zone: a }, slots: 2, labels: [big, gpu], idle: 1m, start: 5m }
        circuit_breaker: { failures: 3, cooldown: 2m }
        retention: { logs: 30d, events: 90d }
        http: 127.0.0.1:0
        grpc: off
        metrics: public
        features: { schedules: false, triggers: true, webhooks: true, prepared_sandboxes: true, console: false }
        log: { format: json, level: warning, slow: 500ms, file: /var/log/flexcore.log, file_size: 1MiB, files: 3 }
        telemetry: { otlp: "http://127.0.0.1:4317", protocol: grpc, sample: 0.5 }
        oidc: { authority: "https://id.example.com/realms/one", audience: flexcore, name_claim: email, role_claim: realm_access.roles, client_id: flexcore-console, client_secret: oidc-console, scope: openid profile, roles: { staff: viewer, ops: operator } }
        tls: { certificate: /etc/tls/tls.crt, key: /etc/tls/tls.key, key_secret: tls_password }
        vars: { a: 1 }
        channels:
          ops: { kind: mail, window: 10m, host: localhost, port: 25, security: starttls, user: me, password: "${secret.smtp}", from: a@example.com, to: [b@example.com] }
          phone: { kind: sms, url: "https://example.com/Messages.json", account: AC1, token: "${secret.sms}", sender: FlexCore, numbers: ["+351210000000"] }
          chat: { kind: webhook, shape: slack, url: "${secret.slack}", authorization: "Bearer ${secret.token}", routing_key: "${secret.key}" }
        environments: { prod: { vars: { a: 2 }, limits: { files: 16 } }, dev: {} }
        """,
        "secrets: env\nisolation: { accept: sandbox }\n",
        "secrets: { kind: vault, address: \"https://vault:8200\", path: kv/apps, token_file: /run/token, kept_for: 1m }\n",
        "secrets: { kind: vault, address: \"https://vault:8200\", path: kv/apps, field: password, namespace: team, role_id: r, role_secret: s }\n",
        "secrets: { kind: vault, address: \"https://vault:8200\", path: kv/apps, token: t }\n",
        "catalog: json-file\n",
        "files: local\n",
        "files: { kind: local, path: /srv/files }\n",
        "files: { kind: azure-blob, container: files, account: shop, key: c2VjcmV0 }\n",
        "catalog: { kind: dynamodb, table: catalog, region: eu-central-1, endpoint: \"http://127.0.0.1:8000\" }\n",
        "secrets: { kind: key-vault, address: \"https://v.vault.azure.net\", tenant_id: t, client_id: x, client_secret: s }\n",
        "",
    ];

    private const string Remote =
        "name: mine\nversion: 1\nkind: task\nprotocol: task\nremote: { url: \"https://example.com/flexcore\", plugin: theirs, token: \"${secret.theirs}\" }\nconfig: schema.json\nlimits: { time: 1h, stdout: 1MiB }\n";

    private readonly Project _project = new();

    public PublishedSchemaTests()
    {
        _project.Write("plugins/hash/plugin.yaml", "name: hash\nversion: 1\nkind: mapper\nprotocol: singer\ncommand: [sh]\n");
        _project.Write("plugins/mine/schema.json", "{}");
    }

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Every_sample_and_template_satisfies_its_schema()
    {
        string[] folders = [Repository.PathOf("samples"), Repository.PathOf("src", "FlexCore.Cli", "Templates")];
        var files = folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories)).ToList();

        files.Count.ShouldBeGreaterThan(4);
        foreach (var file in files)
        {
            var schema = Path.GetFileName(file) switch { "plugin.yaml" => PublishedSchema.Plugin, "flexcore.yaml" => PublishedSchema.Project, _ => PublishedSchema.Pipeline };
            schema.Violation(File.ReadAllText(file)).ShouldBeNull(file);
        }
    }

    [Fact]
    public async Task Keys_and_words_of_a_pipeline_are_those_of_its_schema()
    {
        _project.Settings = _project.Settings with { Channels = new Dictionary<string, Channel>(StringComparer.Ordinal) { ["ops"] = new WebhookChannel("ops", TimeSpan.FromMinutes(1), WebhookShape.Generic, new SecretText("https://example.com"), null, null) } };
        foreach (var file in (string[])["in.json", "schema.json", "a.sql", "a.csv"]) _project.Write(file, "");
        _project.Secrets["hook"] = "only asked whether it is there";
        (await _project.ReadAsync(Pipeline, grantAll: true)).Errors.ShouldBeEmpty();

        await ShouldKnowTheSameAsync(PublishedSchema.Pipeline, [Pipeline, Overlapping, Scheduled], async yaml => (await _project.ReadAsync(yaml, grantAll: true)).Errors);
    }

    [Fact]
    public async Task Keys_and_words_of_a_manifest_are_those_of_its_schema()
    {
        foreach (var yaml in (string[])[Manifest, Remote])
        {
            _project.ReadManifest(yaml).Errors.ShouldBeEmpty();
            PublishedSchema.Plugin.Violation(yaml).ShouldBeNull();
        }

        await ShouldKnowTheSameAsync(PublishedSchema.Plugin, [Manifest, Remote], yaml => Task.FromResult(_project.ReadManifest(yaml).Errors));
    }

    [Fact]
    public async Task Settings_of_a_project_are_those_of_its_schema()
    {
        foreach (var yaml in Settings)
        {
            ReadSettings(yaml).ShouldBeEmpty();
            PublishedSchema.Project.Violation(yaml).ShouldBeNull();
        }

        await ShouldKnowTheSameAsync(PublishedSchema.Project, Settings, yaml => Task.FromResult(ReadSettings(yaml)));
    }

    [Theory]
    [InlineData("name: P\nsteps: [{ id: s, noop: {} }]")]
    [InlineData("name: p\nsteps: []")]
    [InlineData("name: p\nsteps: [{ id: s }]")]
    [InlineData("name: p\nsteps: [{ id: s, noop: {}, task: { plugin: report } }]")]
    [InlineData("name: p\nsteps: [{ id: s, noop: {}, when: never }]")]
    [InlineData("name: p\nsteps: [{ id: s, noop: {}, timeout: 5 }]")]
    [InlineData("name: p\nsteps: [{ id: s, task: { plugin: ../x } }]")]
    [InlineData("name: p\nsteps: [{ id: s, noop: {} }]\nparallel: 0")]
    [InlineData("name: p\nsteps: [{ id: s, http: { url: [] } }]")]
    [InlineData("name: p\nsteps: [{ id: s, json: { input: 1, file: ./a.json } }]")]
    [InlineData("name: p\nsteps: [{ id: s, sql: { sqlite: ./a.db, do: [] } }]")]
    [InlineData("name: p\nsteps: [{ id: s, sync: { from: { plugin: tap-csv }, to: [] } }]")]
    [InlineData("name: p\nsteps: [{ id: s, sync: { from: { plugin: tap-csv }, to: { plugin: target-jsonl }, through: [{ map: { stream: s }, plugin: hash }] } }]")]
    public async Task Pipeline_that_is_bad_by_itself_is_bad_for_its_schema(string yaml)
    {
        (await _project.ReadAsync(yaml)).IsSuccess.ShouldBeFalse();

        PublishedSchema.Pipeline.Violation(yaml).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("kind: task\nprotocol: singer\ncommand: [sh]")]
    [InlineData("kind: source\nprotocol: singer\ncommand: [sh]")]
    [InlineData("kind: tap\nprotocol: singer\ncommand: []")]
    [InlineData("kind: tap\nprotocol: singer\ncommand: [sh]\nlimits: { memory: lots }")]
    [InlineData("kind: tap\nprotocol: singer\ncommand: [sh]\ncapabilities: { read: [relative] }")]
    [InlineData("kind: task\nprotocol: task")]
    [InlineData("kind: tap\nprotocol: singer\nremote: { url: \"https://example.com\", plugin: theirs, token: \"${secret.theirs}\" }")]
    [InlineData("kind: task\nprotocol: task\ncommand: [sh]\nremote: { url: \"https://example.com\", plugin: theirs, token: \"${secret.theirs}\" }")]
    [InlineData("kind: task\nprotocol: task\nremote: { url: \"https://example.com\", plugin: theirs, token: written-out }")]
    [InlineData("kind: task\nprotocol: task\nremote: { url: \"https://example.com\", plugin: theirs }")]
    public void Manifest_that_is_bad_by_itself_is_bad_for_its_schema(string yaml)
    {
        _project.ReadManifest($"name: mine\nversion: 1\n{yaml}").IsSuccess.ShouldBeFalse();

        PublishedSchema.Plugin.Violation($"name: mine\nversion: 1\n{yaml}").ShouldNotBeNull();
    }

    /// <summary>Puts an unknown key, and an unknown word, wherever the schema has known ones: the reader's error lists those that it knows.</summary>
    private static async Task ShouldKnowTheSameAsync(PublishedSchema schema, string[] documents, Func<string, Task<IReadOnlyList<Error>>> read)
    {
        var walk = new SchemaWalk(schema.Root);
        var known = new Dictionary<JsonObject, (HashSet<string> Reader, HashSet<string> Schema)>();
        foreach (var yaml in documents)
        {
            var document = YamlFile.Parse(yaml, "file", mayBeEmpty: true).Value.ToJson(scalar => scalar.ToJson())!;
            foreach (var (part, _, path) in walk.Visit(document).ToList())
            {
                var isMap = SchemaWalk.IsMap(part);
                var errors = await read(With(document, isMap ? $"{path}/zz" : path, "zz"));
                var told = errors.Where(error => error.Code == (isMap ? ErrorCodes.UnknownKey : ErrorCodes.InvalidValue)).Select(error => Known().Match(error.Message)).FirstOrDefault(match => match.Success);
                told.ShouldNotBeNull($"{path}: {string.Join("; ", errors)}");
                var (reader, own) = known.TryGetValue(part, out var sets) ? sets : known[part] = ([], [.. isMap ? part["properties"]!.AsObject().Select(key => key.Key) : part["enum"]!.AsArray().Select(word => word?.GetValue<string>() ?? "null")]);
                reader.UnionWith(told.Groups["words"].Value.Split(", ").Select(word => KeyBelow(path, word)).OfType<string>());
            }
        }

        walk.Unseen.ShouldBeEmpty();
        foreach (var (part, (reader, own)) in known) reader.ShouldBe(own, ignoreOrder: true, part.GetPath());
    }

    /// <summary>Settings are known by the whole path of their keys. A form in braces is no word.</summary>
    private static string? KeyBelow(string path, string word)
    {
        var keys = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var prefix = string.Concat((keys is [EnvironmentSettings.Section, _, ..] ? keys[2..] : keys).Select(key => key + "."));
        if (word.Length == 0 || word.StartsWith('{') || word + "." == prefix) return null;
        return word.StartsWith(prefix, StringComparison.Ordinal) ? word[prefix.Length..].Split('.')[0] : word;
    }

    private static string With(JsonNode document, string path, string value)
    {
        var changed = document.DeepClone();
        var parts = path.Split('/')[1..];
        var holder = parts[..^1].Aggregate(changed, (node, part) => node is JsonArray list ? list[int.Parse(part)]! : node[part]!);
        if (holder is JsonArray items) items[int.Parse(parts[^1])] = value;
        else holder[parts[^1]] = value;
        return changed.ToJsonString();
    }

    private IReadOnlyList<Error> ReadSettings(string yaml)
    {
        var settings = SettingsFile.Read(_project.Write("flexcore.yaml", yaml));
        var usual = settings.IsSuccess ? EnvironmentSettings.Choose(settings.Value, null, "flexcore.yaml") : settings;
        return usual.IsSuccess ? ProjectSettings.Read(usual.Value).Errors : usual.Errors;
    }

    [GeneratedRegex("(known: |known for each channel: |known are those of: |one of: |there are |masked by: |list of: )(?<words>.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Known();
}
