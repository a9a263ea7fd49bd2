namespace FlexCore.Connectors.Tests.Postgres;

/// <summary>target-postgres: rows and types, once each, and either all of a batch or nothing.</summary>
public sealed class PostgresTargetTests(Databases databases) : IClassFixture<Databases>, IDisposable
{
    private static readonly object Id = new { type = "integer" };

    private readonly Connector _connector = new();

    public static TheoryData<string> Streams =>
        Environment.GetEnvironmentVariable("FLEXCORE_TEST_DATA") is { Length: > 0 } data ? [.. Directory.GetFiles(Path.Combine(data, "singer-target-streams"), "*.singer").Order(StringComparer.Ordinal)] : [""];

    public void Dispose() => _connector.Dispose();

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Streams_that_others_made_load_but_for_the_two_that_must_be_refused(string file)
    {
        if (file.Length == 0) Assert.Skip("needs FLEXCORE_TEST_DATA, the folder of test data that others made");
        var database = await databases.CreateAsync();

        // One of them holds NUL, in texts, in documents and behind backslashes, where it is none.
        var config = database.Config;
        config["nul"] = "replace";

        var result = await _connector.TargetAsync("target-postgres", config, await File.ReadAllTextAsync(file, Connector.Token));

        switch (Path.GetFileNameWithoutExtension(file))
        {
            case "invalid_schema":
                result.ShouldExitWith(1).Error.ShouldContain("has no 'properties'");
                break;
            case "record_before_schema":
                result.ShouldExitWith(1).Error.ShouldContain("line 1: a RECORD of 'test_record_before_schema' comes before its SCHEMA");
                break;
            case "array_data":
                result.ShouldExitWith(0);
                (await database.QueryAsync("SELECT id, fruits, pg_typeof(fruits) FROM test_array_data ORDER BY id LIMIT 2")).ShouldBe(["""1|["apple", "orange", "pear"]|jsonb""", """2|["banana", "apple"]|jsonb"""]);
                break;
            case "duplicate_records":
                result.ShouldExitWith(0);
                (await database.QueryAsync("SELECT * FROM test_duplicate_records ORDER BY id")).ShouldBe(["1|100", "2|20"]);
                break;
            case "encoded_string_data":
                result.ShouldExitWith(0);
                (await database.QueryAsync("SELECT info FROM test_strings WHERE id IN (5, 6, 11) ORDER BY id")).ShouldBe(["quoted \"string\"", "various \" \\ / \n escape sequences", Nul("Control Characters in string: ")]);
                (await database.QueryAsync("SELECT strings->>1 FROM test_strings_in_arrays WHERE id IN (5, 6) ORDER BY id")).ShouldBe(["Double quoting: \\u0000 \\u0041 \\u0001", Nul("Control Characters in string: ")]);
                (await database.QueryAsync("SELECT count(*) FROM test_strings_in_objects")).ShouldBe(["11"]);
                break;
            default:
                result.ShouldExitWith(0);
                break;
        }
    }

    [Fact]
    public async Task Rows_with_keys_replace_those_that_are_there_and_those_without_are_added()
    {
        var database = await databases.CreateAsync();
        var lines = Connector.Lines(
            Connector.Schema("keyed", new { id = Id, name = new { type = "string" } }, "id"), Connector.Schema("plain", new { id = Id }),
            Connector.Record("keyed", new { id = 1, name = "a" }), Connector.Record("plain", new { id = 1 }), Connector.Record("keyed", new { id = 1, name = "b" }));

        (await _connector.TargetAsync("target-postgres", database.Config, lines)).ShouldExitWith(0);
        (await _connector.TargetAsync("target-postgres", database.Config, lines)).ShouldExitWith(0);

        (await database.QueryAsync("SELECT * FROM keyed")).ShouldBe(["1|b"]);
        (await database.QueryAsync("SELECT * FROM plain")).ShouldBe(["1", "1"]);
    }

    [Fact]
    public async Task Columns_follow_the_schema_and_what_somebody_chose_stays()
    {
        var database = await databases.CreateAsync();
        await database.ExecuteAsync("CREATE TABLE s (id integer PRIMARY KEY, code varchar(5), at date, extra text DEFAULT 'mine')");

        (await _connector.TargetAsync("target-postgres", database.Config, Connector.Lines(
            Connector.Schema("s", new { id = Id, code = new { type = "string" }, at = new { type = "string", format = "date-time" }, amount = new { type = "number" } }, "id"),
            Connector.Record("s", new { id = 5_000_000_000, code = "x", at = "2026-01-02T03:04:05Z", amount = 1.5 })))).ShouldExitWith(0);

        (await database.QueryAsync("SELECT id, pg_typeof(id), pg_typeof(code), pg_typeof(at), amount, extra FROM s")).ShouldBe(["5000000000|bigint|character varying|timestamp with time zone|1.5|mine"]);
    }

    [Fact]
    public async Task Full_table_is_replaced_in_one_step_when_its_version_is_activated()
    {
        var database = await databases.CreateAsync();
        var schema = Connector.Schema("s", new { id = Id, n = Id }, "id");
        await _connector.TargetAsync("target-postgres", database.Config, Connector.Lines(schema, Connector.Record("s", new { id = 1, n = 1 }, 7), Connector.Record("s", new { id = 2, n = 1 }, 7), Activate(7)));

        await _connector.TargetAsync("target-postgres", database.Config, Connector.Lines(schema, Connector.Record("s", new { id = 2, n = 2 }, 8)));
        (await database.QueryAsync("SELECT * FROM s ORDER BY id")).ShouldBe(["1|1", "2|1"]);
        var replaced = await _connector.TargetAsync("target-postgres", database.Config, Connector.Lines(
            schema, Connector.Record("s", new { id = 3, n = 2 }, 9), Connector.Record("s", new { id = 3, n = 3 }, 9), Activate(9), Connector.Record("s", new { id = 4, n = 3 }, 9), Connector.State(new { at = 1 })));

        replaced.ShouldExitWith(0).Output.ShouldBe("{\"at\":1}\n");
        (await database.QueryAsync("SELECT * FROM s ORDER BY id")).ShouldBe(["3|3", "4|3"]);
        (await database.QueryAsync("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).ShouldBe(["_flexcore_versions", "s"]);
    }

    [Fact]
    public async Task What_others_have_added_to_a_table_is_there_after_it_was_replaced()
    {
        var database = await databases.CreateAsync();
        var schema = Connector.Schema("s", new { id = Id }, "id");
        await _connector.TargetAsync("target-postgres", database.Config, Connector.Lines(schema, Connector.Record("s", new { id = 1 }, 7), Activate(7)));
        await database.ExecuteAsync("CREATE VIEW v AS SELECT id FROM s; CREATE INDEX s_id_hash ON s USING hash (id); GRANT SELECT ON s TO PUBLIC");

        (await _connector.TargetAsync("target-postgres", database.Config, Connector.Lines(schema, Connector.Record("s", new { id = 2 }, 8), Activate(8)))).ShouldExitWith(0);

        (await database.QueryAsync("SELECT * FROM v")).ShouldBe(["2"]);
        (await database.QueryAsync("SELECT indexname FROM pg_indexes WHERE tablename = 's' ORDER BY 1")).ShouldBe(["s_id_hash", "s_pkey"]);
        (await database.QueryAsync("SELECT has_table_privilege('pg_monitor', 's', 'SELECT')")).ShouldBe(["true"]);
    }

    [Theory]
    [InlineData("""{"id": 1, "n": "a\u0000b"}""", "the field 'n' holds the character NUL")]
    [InlineData("""{"id": 1, "n": "x", "doc": {"a": "\u0000"}}""", "the field 'doc' holds the character NUL")]
    [InlineData("""{"id": "abc", "n": "x"}""", "invalid input syntax for type bigint")]
    [InlineData("""{"id": 1.5, "n": "x"}""", "the field 'id' holds a number that is not whole")]
    [InlineData("""{"id": null, "n": "x"}""", "null value in column \"id\"")]
    public async Task Record_that_cannot_be_kept_ends_the_target_and_nothing_of_its_batch_is_there(string record, string reason)
    {
        var database = await databases.CreateAsync();

        var result = await _connector.TargetAsync("target-postgres", database.Config, Connector.Lines(
            Connector.Schema("s", new { id = Id, n = new { type = "string" }, doc = new { type = "object" } }, "id"), Connector.Record("s", new { id = 7, n = "x" }), $$"""{"type":"RECORD","stream":"s","record":{{record}}}""", Connector.State(new { at = 1 })));

        result.ShouldExitWith(1).Error.ShouldContain(reason);
        result.Output.ShouldBeEmpty();
        (await database.QueryAsync("SELECT * FROM s")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Server_that_lets_nobody_in_is_named_and_the_password_is_not()
    {
        var database = await databases.CreateAsync();
        var config = (database with { Name = "nowhere" }).Config;
        config["password"] = "hunter2hunter2";

        var result = await _connector.TargetAsync("target-postgres", config, "");

        result.ShouldExitWith(1).Error.ShouldContain("database \"nowhere\" does not exist");
        result.Error.ShouldNotContain("hunter2");
    }

    private static string Nul(string before) => before + "\uFFFD A \u0001";

    private static object Activate(long version) => new { type = "ACTIVATE_VERSION", stream = "s", version };
}
