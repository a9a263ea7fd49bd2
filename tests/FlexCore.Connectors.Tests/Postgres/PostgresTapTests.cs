using System.Text.Json.Nodes;

namespace FlexCore.Connectors.Tests.Postgres;

/// <summary>tap-postgres: all of a table, what is new in it, and every value as it is.</summary>
public sealed class PostgresTapTests(Databases databases) : IClassFixture<Databases>, IDisposable
{
    // Each type with values at its ends. A column whose type FlexCore does not know goes as text.
    private const string Extremes =
        """
        CREATE TYPE mood AS ENUM ('sad', 'o''k, "fine"');
        CREATE DOMAIN positive AS numeric(40, 10) CHECK (VALUE > 0);
        CREATE TABLE extremes (
            id bigint PRIMARY KEY, small smallint, whole integer, exact numeric, bounded positive, single real, double double precision, flag boolean, txt text, short varchar(20), fixed char(5),
            day date, clock time, clock_tz timetz, at timestamp, at_tz timestamptz, span interval, key uuid, raw bytea, doc json, docb jsonb, feeling mood, ip inet, bits bit varying, range int4range,
            numbers integer[], texts text[], matrix numeric[], times timestamptz[], docs jsonb[]);
        INSERT INTO extremes VALUES
            (-9223372036854775808, -32768, -2147483648, 123456789012345678901234567890.123456789012345678901234567890, 999999999999999999999999999999.0123456789, 1.1754944e-38, 5e-324, true,
             E'tab\tquote"backslash\\newline\nemoji 😀 \u200b control\x01', 'ümläut', 'a', '0001-01-01', '00:00:00', '23:59:59.999999-15:59', '0001-01-01 00:00:00', '0001-01-01 00:00:00+00',
             '-178000000 years', '00000000-0000-0000-0000-000000000000', '\x00ff5c0a', E'{"a" :\n [1, 1.10, "\\u0041\\n"]}', '{"n": 123456789012345678901234567890.5, "deep": {"a": [null, true]}}', 'o''k, "fine"', '::1/128',
             B'1010', '[1,5)', '{{1,2},{3,NULL}}', ARRAY['a,b', 'c"d', E'e\\f', 'NULL', NULL, '', E'g\nh'], '{0.10,-1e-30}', ARRAY['2026-01-02 03:04:05.678901+02'::timestamptz], ARRAY['{"a": "b\"c\\d"}'::jsonb]),
            (9223372036854775807, 32767, 2147483647, -0.000000000000000000000000000001, 0.0000000001, 3.4028235e38, 1.7976931348623157e308, false, '', '', '', '9999-12-31', '24:00:00', '00:00:00+15:59',
             '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999+00', '1 mon -1 day 00:00:00.000001', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '', 'null', '"\u00e9"', 'sad', '255.255.255.255', B'', 'empty', '{}', '{}', '{}', '{}', '{}'),
            (0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        """;

    private readonly Connector _connector = new();

    public void Dispose() => _connector.Dispose();

    [Fact]
    public async Task Every_type_with_extreme_values_comes_through_and_nothing_is_lost()
    {
        var (source, copy) = (await databases.CreateAsync(), await databases.CreateAsync());
        await source.ExecuteAsync(Extremes);

        // Types of the source's own are there, where columns of them are wanted.
        await copy.ExecuteAsync("CREATE TYPE mood AS ENUM ('sad', 'o''k, \"fine\"')");
        var (tap, _) = await _connector.TapAsync("tap-postgres", source.Config);
        (await _connector.TargetAsync("target-postgres", copy.Config, tap.ShouldExitWith(0).Output)).ShouldExitWith(0);

        const string Everything = "SELECT e.*, docb::text AS exactly, doc::text::jsonb AS same FROM extremes e ORDER BY id";
        var (expected, actual) = (await source.QueryAsync(Everything.Replace("e.*", Columns, StringComparison.Ordinal)), await copy.QueryAsync(Everything.Replace("e.*", Columns, StringComparison.Ordinal)));
        actual.ShouldBe(expected);
        const string Types = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'extremes'::regclass AND attnum > 0 AND attname <> 'bounded' ORDER BY attnum";
        (await copy.QueryAsync(Types)).ShouldBe(await source.QueryAsync(Types));
    }

    [Fact]
    public async Task What_json_has_no_value_for_fails_or_goes_as_was_asked_for()
    {
        var (source, copy) = (await databases.CreateAsync(), await databases.CreateAsync());
        await source.ExecuteAsync("CREATE TABLE odd (id int PRIMARY KEY, n numeric, d double precision, at timestamptz, day date); INSERT INTO odd VALUES (1, 'NaN', '-Infinity', 'infinity', '0044-03-15 BC')");

        (await _connector.TapAsync("tap-postgres", source.Config)).Result.ShouldExitWith(1).Error.ShouldContain("column 'n' holds 'NaN', which JSON has no value for");

        var config = source.Config;
        config["non_finite"] = "null";
        (await _connector.TapAsync("tap-postgres", config)).Result.ShouldExitWith(0).Output.ShouldContain("""{"id":1,"n":null,"d":null,"at":null,"day":null}""");

        config["non_finite"] = "text";
        var (tap, _) = await _connector.TapAsync("tap-postgres", config);
        (await _connector.TargetAsync("target-postgres", copy.Config, tap.Output)).ShouldExitWith(0);
        (await copy.QueryAsync("SELECT * FROM odd")).ShouldBe(await source.QueryAsync("SELECT * FROM odd"));
    }

    [Fact]
    public async Task Table_with_a_key_that_grows_is_read_from_its_last_value_on()
    {
        var source = await databases.CreateAsync();
        await source.ExecuteAsync("CREATE TABLE s (id int PRIMARY KEY, at timestamptz); INSERT INTO s VALUES (1, '2026-01-01'), (2, '2026-01-02'), (3, NULL)");
        var config = source.Config;
        config["replication_keys"] = new JsonObject { ["s"] = "at" };

        var (_, first) = await _connector.TapAsync("tap-postgres", config);
        Ids(first).ShouldBe([1, 2]);
        await source.ExecuteAsync("INSERT INTO s VALUES (4, '2026-01-03')");
        var (_, second) = await _connector.TapAsync("tap-postgres", config, first[^1]["value"]);
        Ids(second).ShouldBe([2, 4]);
        var (_, third) = await _connector.TapAsync("tap-postgres", config, second[^1]["value"]);
        Ids(third).ShouldBe([4]);
    }

    [Fact]
    public async Task Table_that_is_selected_is_read_and_others_are_not()
    {
        var source = await databases.CreateAsync();
        await source.ExecuteAsync("CREATE TABLE a (id int, secret text); CREATE TABLE b (id int); CREATE SCHEMA sales; CREATE TABLE sales.c (id int); INSERT INTO a VALUES (1, 'x'); INSERT INTO sales.c VALUES (1)");
        var found = JsonNode.Parse((await _connector.RunAsync(["tap-postgres", "--config", _connector.Write("c.json", source.Config.ToJsonString()), "--discover"])).ShouldExitWith(0).Output)!;
        found["streams"]!.AsArray().Select(stream => (string?)stream!["tap_stream_id"]).ShouldBe(["a", "b", "sales.c"]);
        foreach (var stream in found["streams"]!.AsArray())
        {
            foreach (var entry in stream!["metadata"]!.AsArray())
                entry!["metadata"]!["selected"] = entry["breadcrumb"]!.AsArray() is [_, { } field] ? (string?)field != "secret" : (string?)stream["stream"] != "b";
        }

        var (result, messages) = await _connector.TapAsync("tap-postgres", source.Config, catalog: found);

        result.ShouldExitWith(0).Output.ShouldNotContain("secret");
        messages.Where(message => (string?)message["type"] == "SCHEMA").Select(message => (string?)message["stream"]).ShouldBe(["a", "sales.c"]);
    }

    [Fact]
    public async Task Key_that_is_not_there_is_named()
    {
        var config = (await databases.CreateAsync()).Config;
        config["replication_keys"] = new JsonObject { ["s"] = "at" };
        (await _connector.TapAsync("tap-postgres", config)).Result.ShouldExitWith(1).Error.ShouldContain("names the stream 's', which is not there");
    }

    // Whatever a driver may think of them: as the server writes them. `json` keeps its text but for line ends.
    private const string Columns =
        "id::text AS i, small, whole, exact::text AS x, bounded::text AS b, single::text AS s, double::text AS d, flag, txt, short, fixed, day::text AS dy, clock::text AS c, clock_tz::text AS ct, at::text AS t, " +
        "at_tz::text AS tt, span::text AS sp, key, raw::text AS r, docb::text AS jb, feeling, ip, bits::text AS bi, range::text AS ra, numbers::text AS n, texts::text AS te, matrix::text AS m, times::text AS ti, docs::text AS ds";

    private static IEnumerable<int> Ids(IEnumerable<JsonNode> messages) => messages.Where(message => (string?)message["type"] == "RECORD").Select(message => (int)message["record"]!["id"]!);
}
