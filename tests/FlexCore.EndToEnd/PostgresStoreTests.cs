using FlexCore.EventStore;
using Npgsql;

namespace FlexCore.EndToEnd;

/// <summary>A project whose events lie on a PostgreSQL server.</summary>
public sealed class PostgresStoreTests(PostgresStoreTests.Server server) : IClassFixture<PostgresStoreTests.Server>
{
    private const string Password = "sesame-42";

    private static int _count;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_and_every_look_at_it_work_as_with_a_file()
    {
        using var project = OnServer(out _).Sync();
        var run = (await project.RunAsync("--json")).ShouldExitWith(0).Json;
        run.GetProperty("status").GetString().ShouldBe("succeeded");

        (await project.FlexCoreAsync("runs", "list", "--json")).ShouldExitWith(0).Json.EnumerateArray().ShouldHaveSingleItem()
            .GetProperty("run_id").GetString().ShouldBe(run.GetProperty("run_id").GetString());
        (await project.EventsOfLatestRunAsync()).ShouldBe(["PipelineStarted", "StepStarted", "StepSucceeded", "PipelineCompleted"]);
        (await project.FlexCoreAsync("state", "get", "p")).ShouldExitWith(0).Json.GetProperty("load").GetProperty("last").GetInt32().ShouldBe(3);
        (await project.FlexCoreAsync("doctor")).Output.ShouldContain("event store: PostgreSQL, 127.0.0.1:");
        File.Exists(project.PathOf(".flexcore/flexcore.db")).ShouldBeFalse();
    }

    [Fact]
    public async Task Subject_is_erased_and_the_views_are_made_anew()
    {
        using var project = OnServer(out var schema).Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        var runs = (await project.FlexCoreAsync("runs", "list")).ShouldExitWith(0).Output;
        var key = new byte[32];
        project.Variables["FLEXCORE__STORE__MASTER_KEY"] = Convert.ToBase64String(key);
        await using (var store = await PostgresEventStore.OpenAsync(server.ConnectionString, TimeProvider.System, schema, cancellationToken: Token))
            await store.OpenPersonalData(key).ProtectAsync(new EventData(Guid.CreateVersion7(), "CustomerMoved", default, default), "customer-4711", Token);

        (await project.FlexCoreAsync("events", "erase", "--subject", "customer-4711", "--reason", "asked for it")).ShouldExitWith(0).Output.ShouldContain("erased: 1 key destroyed");

        (await project.FlexCoreAsync("runs", "list")).ShouldExitWith(0).Output.ShouldBe(runs);
        (await project.EventTypesAsync("--category", "erasure")).ShouldBe(["SubjectErased"]);
        (await project.FlexCoreAsync("events", "erase", "--subject", "customer-4712", "--reason", "asked for it")).ShouldExitWith(2).Error.ShouldContain("error[FX1051]");
    }

    [Fact]
    public async Task Events_are_found_from_a_folder_that_has_no_data_directory()
    {
        using var project = OnServer(out _).Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        using var elsewhere = new TestProject();
        foreach (var (name, value) in project.Variables) elsewhere.Variables[name] = value;

        (await elsewhere.FlexCoreAsync("runs", "list", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Store_is_chosen_in_the_projects_file_and_the_environment_wins()
    {
        using var project = new TestProject().Sync().Write("flexcore.yaml", $"# the store\nstore: {{ kind: postgres, connection: \"{server.ConnectionString}\", schema: in_file }}\n");
        (await project.FlexCoreAsync("db", "migrate")).ShouldExitWith(0).Output.ShouldContain("schema in_file: schema version");
        (await project.FlexCoreAsync("db", "status")).ShouldExitWith(0).Output.ShouldContain("schema in_file");

        project.Variables["FLEXCORE__STORE__KIND"] = "sqlite";
        (await project.FlexCoreAsync("db", "status", "--json")).ShouldExitWith(0).Json.GetProperty("kind").GetString().ShouldBe("sqlite");
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_the_settings_is_said_at_once_by_its_key()
    {
        using var project = new TestProject().Sync().Write("flexcore.yaml", "store:\n  kind: oracle\n  conection: Host=db\ncoordination: redes\nfiles: s4\nsorte: {}\n");
        project.Variables["FLEXCORE__STORE__SCHEMA"] = "no schema";
        project.Variables["FLEXCORE__STOER__KIND"] = "postgres";

        var refused = (await project.RunAsync()).ShouldExitWith(2);

        refused.Error.ShouldContain("error[FX1012]: " + project.PathOf("flexcore.yaml") + ":2:3: 'store.kind' must be one of: sqlite, postgres");
        refused.Error.ShouldContain("flexcore.yaml:3:3: 'store.conection' is not a known setting");
        refused.Error.ShouldContain("'coordination' must be one of: local, postgres, redis");
        refused.Error.ShouldContain("'files' must be one of: local, s3, azure-blob");
        refused.Error.ShouldContain("'FLEXCORE__STORE__SCHEMA' must be a name");
        refused.Error.ShouldContain("'FLEXCORE__STOER__KIND' is not a known setting");
        project.Variables.Clear();
        project.Write("flexcore.yaml", "store: { kind: postgres }\n");
        (await project.FlexCoreAsync("runs", "list")).ShouldExitWith(2).Error.ShouldContain("error[FX1011]: " + project.PathOf("flexcore.yaml") + ":1:10: 'store.connection' is missing");
    }

    [Fact]
    public async Task Server_that_cannot_be_used_is_exit_code_3_and_the_password_is_never_shown()
    {
        using var project = new TestProject().Sync();
        project.Variables["FLEXCORE__STORE__KIND"] = "postgres";
        string[] connections =
        [
            $"Host=127.0.0.1;Port=1;Database=flexcore;Username=flexcore;Password={Password}",
            $"Host=127.0.0.1;Port={server.Port};Database=nothing;Username=postgres;Password={Password}",
            $"Host=127.0.0.1;Port={server.Port};Database=postgres;Username=nobody;Password={Password}",
            $"Host=127.0.0.1;Port=many;Password={Password}",
            $"Password={Password};{Password}",
        ];
        foreach (var connection in connections)
        {
            project.Variables["FLEXCORE__STORE__CONNECTION"] = connection;
            foreach (var command in new[] { "run pipeline.yaml --verbose", "doctor", "doctor --json", "db status" })
            {
                var result = (await project.FlexCoreAsync(command.Split(' '))).ShouldExitWith(3);
                (result.Output + result.Error).ShouldNotContain(Password);
            }

            (await project.FlexCoreAsync("doctor")).Output.ShouldMatch("MISSING event store: ");
        }
    }

    [Fact]
    public async Task Password_is_neither_in_the_log_nor_in_the_files_of_the_data_directory()
    {
        using var project = OnServer(out _).Sync();
        project.Variables["FLEXCORE__STORE__CONNECTION"] += $";Password={Password}";
        (await project.RunAsync("--verbose")).ShouldExitWith(0);

        (await project.FlexCoreAsync("events", "list", "--json")).Output.ShouldNotContain(Password);
        foreach (var file in Directory.EnumerateFiles(project.Folder, "*", SearchOption.AllDirectories)) (await File.ReadAllTextAsync(file, Token)).ShouldNotContain(Password);
    }

    [Fact]
    public async Task Database_is_looked_at_migrated_forward_and_refused_when_it_is_newer()
    {
        using var project = OnServer(out var schema);
        var before = (await project.FlexCoreAsync("db", "status", "--json")).ShouldExitWith(0).Json;
        (before.GetProperty("kind").GetString(), before.GetProperty("version").GetInt32(), before.GetProperty("events").GetInt64()).ShouldBe(("postgres", 0, 0));
        before.GetProperty("place").GetString().ShouldBe($"127.0.0.1:{server.Port}/postgres, schema {schema}");
        var pending = before.GetProperty("pending").EnumerateArray().Select(name => name.GetString()).ToList();
        pending.Count.ShouldBe(before.GetProperty("known").GetInt32());

        (await project.FlexCoreAsync("db", "migrate", "--json")).ShouldExitWith(0).Json.GetProperty("applied").EnumerateArray().Select(name => name.GetString()).ShouldBe(pending);
        (await project.FlexCoreAsync("db", "migrate")).ShouldExitWith(0).Output.ShouldContain("nothing to do");

        await using var database = NpgsqlDataSource.Create(server.ConnectionString);
        await using var newer = database.CreateCommand($"INSERT INTO {schema}.schema_migrations (version, name) VALUES (99, 'future')");
        await newer.ExecuteNonQueryAsync(Token);
        foreach (var command in new[] { "db migrate", "db status", "runs list" })
        {
            (await project.FlexCoreAsync(command.Split(' '))).ShouldExitWith(3).Error.ShouldContain("error[FX3006]");
        }
    }

    [Fact]
    public async Task Library_of_the_server_is_not_loaded_where_the_store_is_a_file()
    {
        using var project = new TestProject().Task("import os, time\nwhile not os.path.exists('stop'): time.sleep(0.01)");
        await using var run = project.StartFlexCore("run", "pipeline.yaml");
        await Until.TrueAsync(() => run.ErrorSoFar.Contains("job: started", StringComparison.Ordinal), "the run has begun");
        var libraries = await File.ReadAllTextAsync($"/proc/{run.Id}/maps", Token);

        libraries.ShouldContain("FlexCore.EventStore.dll");
        libraries.ShouldNotContain("Npgsql");
        project.Write("plugins/job/stop", "");
        (await run.EndAsync()).ShouldExitWith(0);
    }

    private TestProject OnServer(out string schema)
    {
        schema = $"e2e_{Interlocked.Increment(ref _count)}";
        var project = new TestProject();
        project.Variables["FLEXCORE__STORE__KIND"] = "postgres";
        project.Variables["FLEXCORE__STORE__CONNECTION"] = server.ConnectionString;
        project.Variables["FLEXCORE__STORE__SCHEMA"] = schema;
        return project;
    }

    /// <summary>The server that these tests share, each in a schema of its own.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private PostgresServer _server = null!;

        public string ConnectionString => _server.ConnectionString;

        public int Port => _server.Port;

        public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync();

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
