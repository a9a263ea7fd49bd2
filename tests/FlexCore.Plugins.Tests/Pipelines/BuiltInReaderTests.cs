using System.Text.Json;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Plugins.Tests.Pipelines;

/// <summary>The <c>http</c>, <c>json</c> and <c>sql</c> of a step.</summary>
public sealed class BuiltInReaderTests : IDisposable
{
    private readonly Project _project = new();

    public BuiltInReaderTests() => _project.Secrets["key"] = "hunter2-hunter2";

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Settings_are_looked_up_paths_absolute_and_secrets_and_what_steps_leave_as_written()
    {
        var pipeline = (await _project.ReadAsync("""
            name: p
            vars: { day: monday, host: api.example.com }
            steps:
              - id: ask
                http: { url: "https://${vars.host}:8443/days/${vars.day}?x=1", headers: { X-Key: "${secret.key}" }, save: ./out/days.jsonl }
              - id: detail
                needs: [ask]
                http: { url: "https://${vars.host}/days/${steps.ask.output.first.id}/rows" }
            """)).Value;
        var (ask, detail) = (pipeline.Steps[0].ShouldBeOfType<BuiltInStep>(), pipeline.Steps[1].ShouldBeOfType<BuiltInStep>());

        (ask.Kind, ask.Systems[0], ask.Settings.GetProperty("origin").GetString()).ShouldBe((BuiltInKind.Http, "api.example.com:8443", "https://api.example.com:8443"));
        ask.Settings.GetProperty("path")[0].GetProperty("known").GetString().ShouldBe("/days/monday?x=1");
        ask.Settings.GetProperty("save").GetString().ShouldBe(_project.PathOf("out/days.jsonl"));
        ask.LateTexts.ShouldHaveSingleItem().Secrets.ShouldBe(["key"]);
        detail.LateTexts.ShouldHaveSingleItem().Path.ShouldBe(["path", "1", "value"]);
        detail.Settings.GetProperty("path").EnumerateArray().Select(piece => piece.ToString()).ShouldBe(["""{"known":"/days/"}""", """{"value":"${steps.ask.output.first.id}"}""", """{"known":"/rows"}"""]);
    }

    [Fact]
    public async Task Recorded_definition_reads_as_the_same_step_again()
    {
        _project.Write("in.jsonl", "");
        var first = (await _project.ReadAsync(Write("json: { file: ./in.jsonl, where: \"a > 1\", reshape: { a: /b, c: { value: /d }, e: [1, /f] } }"))).Value;

        var again = (await _project.ReadRecordedAsync(first)).Value;

        again.Steps[0].ShouldBeOfType<BuiltInStep>().Settings.ToString().ShouldBe(((BuiltInStep)first.Steps[0]).Settings.ToString());
        JsonElement.DeepEquals(((BuiltInStep)first.Steps[0]).Settings.GetProperty("reshape"), JsonElement.Parse("""{"members":{"a":{"pointer":"/b"},"c":{"value":"/d"},"e":{"items":[{"value":1},{"pointer":"/f"}]}}}""")).ShouldBeTrue();
    }

    [Fact]
    public async Task Connection_of_the_catalog_is_all_that_a_database_needs()
    {
        _project.Connections["shop"] = """{"postgres":{"host":"db","database":"shop","user":"me","password":"${secret.key}"}}""";

        var step = (await _project.ReadAsync(Write("sql: { postgres: \"${connection.shop.postgres}\", do: [{ execute: select 1 }] }"))).Value.Steps[0].ShouldBeOfType<BuiltInStep>();

        step.Systems.ShouldBe(["db:5432"]);
        step.LateTexts.ShouldHaveSingleItem().Path.ShouldBe(["server", "password"]);
    }

    [Theory]
    [InlineData("http: []", "FX1012@4:11")]
    [InlineData("http: {}", "FX1011@4:11")]
    [InlineData("http: { url: \"https://a.example\", pathh: /x }", "FX1010@4:39")]
    [InlineData("http: { url: a.example/x }", "FX1012@4:18")]
    [InlineData("http: { url: \"ftp://a.example/x\" }", "FX1012@4:18")]
    [InlineData("http: { url: \"https://me:pw@a.example/x\" }", "FX1012@4:18")]
    [InlineData("http: { url: \"https://a.example/x#y\" }", "FX1012@4:18")]
    [InlineData("http: { url: \"https://${secret.key}/x\" }", "FX1012@4:18")]
    [InlineData("http: { url: \"https://a.${secret.key}/x\" }", "FX1012@4:18")]
    [InlineData("http: { url: \"${secret.key}\" }", "FX1012@4:18")]
    [InlineData("http: { url: \"https://a.example\", method: TRACE }", "FX1012@4:47")]
    [InlineData("http: { url: \"https://a.example\", body: x }", "FX1012@4:45")]
    [InlineData("http: { url: \"https://a.example\", headers: { \"a b\": c } }", "FX1014@4:50")]
    [InlineData("http: { url: \"https://a.example\", headers: { a: [b] } }", "FX1012@4:53")]
    [InlineData("http: { url: \"https://a.example\", query: { a: { b: c } } }", "FX1012@4:51")]
    [InlineData("http: { url: \"https://a.example\", auth: {} }", "FX1012@4:45")]
    [InlineData("http: { url: \"https://a.example\", auth: { bearer: written-out } }", "FX1037@4:55")]
    [InlineData("http: { url: \"https://a.example\", auth: { basic: { user: a } } }", "FX1011@4:54")]
    [InlineData("http: { url: \"https://a.example\", auth: { client_credentials: { token_url: x, client_id: a, client_secret: \"${secret.key}\" } } }", "FX1012@4:80")]
    [InlineData("http: { url: \"https://a.example\", expect: [503] }", "FX1012@4:48")]
    [InlineData("http: { url: \"https://a.example\", rate: 5 }", "FX1012@4:45")]
    [InlineData("http: { url: \"https://a.example\", timeout: 5 }", "FX1012@4:48")]
    [InlineData("http: { url: \"https://a.example\", max_answer: 3GiB }", "FX1012@4:51")]
    [InlineData("http: { url: \"https://a.example\", redirects: [a.example] }", "FX1012@4:51")]
    [InlineData("http: { url: \"https://a.example\", pages: { next: guess } }", "FX1012@4:54")]
    [InlineData("http: { url: \"https://a.example\", pages: { next: cursor } }", "FX1011@4:46")]
    [InlineData("http: { url: \"https://a.example\", pages: { next: offset } }", "FX1011@4:46")]
    [InlineData("http: { url: \"https://a.example\", pages: { next: link, size: 5 } }", "FX1012@4:66")]
    [InlineData("http: { url: \"https://a.example\", output: { a: b } }", "FX1012@4:52")]
    [InlineData("http: { url: \"https://a.example\", save: ../x }", "FX1031@4:45")]
    [InlineData("http: { url: \"https://a.example\", save: ./.flexcore/x }", "FX1031@4:45")]
    [InlineData("http: { url: \"https://a.example\", save: \"./${secret.key}\" }", "FX1018@4:45")]
    [InlineData("json: {}", "FX1012@4:11")]
    [InlineData("json: { input: 1, file: ./a.json }", "FX1012@4:11")]
    [InlineData("json: { file: ./a.csv }", "FX1012@4:19")]
    [InlineData("json: { file: /etc/a.json }", "FX1031@4:19")]
    [InlineData("json: { input: 1, select: a }", "FX1012@4:31")]
    [InlineData("json: { input: 1, reshape: { a: /b~c } }", "FX1012@4:37")]
    [InlineData("json: { input: 1, where: \"a >\" }", "FX1012@4:30")]
    [InlineData("json: { input: \"${vars.none}\" }", "FX1015@4:20")]
    [InlineData("sql: { do: [{ execute: select 1 }] }", "FX1012@4:10")]
    [InlineData("sql: { sqlite: ./a.db }", "FX1011@4:10")]
    [InlineData("sql: { sqlite: ./a.db, do: [{}] }", "FX1012@4:33")]
    [InlineData("sql: { sqlite: ./a.db, do: [{ execute: a, script: ./a.sql }] }", "FX1012@4:33")]
    [InlineData("sql: { sqlite: ./a.db, do: [{ execute: \"delete from ${vars.table}\" }] }", "FX1012@4:44")]
    [InlineData("sql: { sqlite: ./a.db, do: [{ load: { file: ./a.csv } }] }", "FX1011@4:41")]
    [InlineData("sql: { sqlite: ./a.db, do: [{ load: { file: ./a.txt, table: t } }] }", "FX1012@4:49")]
    [InlineData("sql: { sqlite: ./a.db, do: [{ load: { file: ./a.csv, table: a.b.c } }] }", "FX1012@4:65")]
    [InlineData("sql: { sqlite: ./a.db, do: [{ read: { save: ./a.csv } }] }", "FX1011@4:41")]
    [InlineData("sql: { sqlite: ./a.db, parameters: { \"a b\": 1 }, do: [{ execute: select 1 }] }", "FX1014@4:42")]
    [InlineData("sql: { postgres: { host: a, database: b, user: c, password: d }, do: [{ execute: select 1 }] }", "FX1037@4:65")]
    [InlineData("sql: { postgres: { host: a, port: 0, database: b, user: c }, do: [{ execute: select 1 }] }", "FX1012@4:39")]
    [InlineData("sql: { postgres: { host: \"${secret.key}\", database: b, user: c }, do: [{ execute: select 1 }] }", "FX1012@4:30")]
    [InlineData("sql: { postgres: { host: a, database: b }, do: [{ execute: select 1 }] }", "FX1011@4:22")]
    public async Task Settings_that_make_no_sense_are_refused_at_their_place(string step, string place) => (await _project.ReadAsync(Write(step, "vars: { table: t }"))).Places().ShouldContain(place);

    [Fact]
    public async Task File_that_is_read_must_be_there_unless_a_step_or_a_plugin_writes_it()
    {
        const string Steps = "name: p\ngrants: { report: { read: [./out] } }\nsteps:\n  - { id: a, json: { file: ./out/a.jsonl } }\n  - { id: r, task: { plugin: report, input: { path: ./out } } }\n";

        (await _project.ReadAsync(Steps)).ShouldFailAt("FX1032", "FX1032");
        (await _project.ReadAsync(Steps + "  - { id: b, json: { input: 1, save: ./out/a.jsonl } }\n")).Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task All_errors_are_told_at_once() =>
        (await _project.ReadAsync(Write("http: { url: \"https://a.example\", method: FETCH, rate: fast, one: 1, save: ../a }"))).ShouldFailAt("FX1012@4:47", "FX1012@4:60", "FX1010@4:66", "FX1031@4:80");

    private static string Write(string step, string more = "description: a step of one kind") => $"name: p\n{more}\nsteps:\n  - {step}\n    id: a\n";
}
