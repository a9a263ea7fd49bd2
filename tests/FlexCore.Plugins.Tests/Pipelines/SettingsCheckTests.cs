using FlexCore.Domain.Errors;

namespace FlexCore.Plugins.Tests.Pipelines;

public sealed class SettingsCheckTests : IDisposable
{
    private const string Schema = """
        {"$schema":"http://json-schema.org/draft-07/schema#","type":"object","required":["path"],"additionalProperties":false,
         "properties":{"path":{"type":"string","pattern":"^/"},"password":{"type":"string","writeOnly":true,"minLength":12},"size":{"type":"integer","maximum":10},
         "types":{"additionalProperties":{"enum":["string","integer"]}},"keys":{"items":{"type":"string"}},"\u001b":{"type":"null"}}}
        """;

    private readonly Project _project = new();

    public SettingsCheckTests() => _project.Write("plugins/tap-csv/config.schema.json", Schema);

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Settings_that_the_schema_allows_are_taken_with_paths_made_absolute() =>
        (await ReadAsync("{ path: ./in.csv, size: \"${vars.size}\", types: { id: integer }, keys: [id] }")).Errors.ShouldBeEmpty();

    [Fact]
    public async Task Every_violation_is_reported_where_the_value_is_written()
    {
        var read = await ReadAsync("""

            path: ./in.csv
            size: 11
            types:
              id: integer
              name: text
            keys: [id, 5]
            extra: { a: b }
            "\e": 1
            """);

        read.Errors.Select(error => $"{error.Location!.Line}:{error.Location.Column} {error.Code.Id} {error.Message}").ShouldBe(
        [
            "10:17 FX1023 plugin tap-csv: config.size must be <= 10",
            "13:19 FX1023 plugin tap-csv: config.types.name must be one of: \"string\", \"integer\"",
            "14:22 FX1023 plugin tap-csv: config.keys[1] must be a text",
            "15:18 FX1023 plugin tap-csv: config.extra is not allowed",
            "16:17 FX1023 plugin tap-csv: config.\\u001b must be null",
        ]);
    }

    [Fact]
    public async Task What_is_missing_is_reported_at_the_settings_or_else_at_the_plugin()
    {
        var empty = await ReadAsync("{}");
        empty.Errors.ShouldHaveSingleItem().Message.ShouldBe("plugin tap-csv: config is missing 'path'");
        empty.ShouldFailAt("FX1023@8:17");

        (await ReadAsync(null)).ShouldFailAt("FX1023@7:17");
    }

    [Fact]
    public async Task Value_that_came_with_a_reference_is_reported_at_the_reference()
    {
        var read = await ReadAsync("{ path: ./in.csv, keys: \"${vars.list}\" }");

        read.Errors.ShouldHaveSingleItem().Message.ShouldBe("plugin tap-csv: config.keys[1] must be a text");
        read.ShouldFailAt("FX1023@8:41");
    }

    [Fact]
    public async Task Reference_that_names_nothing_is_reported_alone() =>
        (await ReadAsync("{ path: \"${vars.nothing}\" }")).Places().ShouldBe(["FX1015@8:25"]);

    [Fact]
    public async Task Values_are_in_no_message()
    {
        var read = await ReadAsync("{ path: ./in.csv, password: canary-5318, size: canary-5318, types: { id: canary-5318 } }");

        read.Errors.Count.ShouldBe(3);
        read.Errors.ShouldAllBe(error => !error.Message.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Input_of_a_task_is_checked_too()
    {
        _project.Write("plugins/report/plugin.yaml", Project.Task + "\nconfig: schema.json\n");
        _project.Write("plugins/report/schema.json", """{"properties":{"top":{"type":"integer"}}}""");

        var read = await _project.ReadAsync("name: x\nsteps:\n  - id: a\n    task: { plugin: report, input: { top: many } }\n", grantAll: true);

        read.Errors.ShouldHaveSingleItem().Message.ShouldBe("plugin report: input.top must be a whole number");
        read.ShouldFailAt("FX1023@4:43");
    }

    [Theory]
    [InlineData("""{"properties":{"path":{"type":"strin"}}}""", "/properties/path/type names no type: 'strin'; there are array, boolean, integer, null, number, object, string")]
    [InlineData("""{"$ref":"http://example.com/config.json"}""", "/$ref refers to 'http://example.com/config.json', and remote schemas are never fetched")]
    [InlineData("""{"a":1,"a":2}""", "the schema has the key 'a' twice")]
    public void Schema_that_cannot_be_used_is_refused_with_the_manifest(string schema, string problem)
    {
        _project.Write("plugins/mine/schema.json", schema);

        var manifest = _project.ReadManifest("name: mine\nversion: 1.0\nkind: tap\nprotocol: singer\ncommand: [sh]\nconfig: schema.json\n");

        manifest.Errors.ShouldHaveSingleItem().Message.ShouldBe($"the config schema schema.json is not usable: {problem}");
        manifest.ShouldFailAt("FX1023@6:9");
    }

    [Fact]
    public void Schema_may_begin_with_a_byte_order_mark()
    {
        _project.Write("plugins/mine/schema.json", "\ufeff{}");

        _project.ReadManifest("name: mine\nversion: 1.0\nkind: tap\nprotocol: singer\ncommand: [sh]\nconfig: schema.json\n").Errors.ShouldBeEmpty();
    }

    private Task<Result<Domain.Pipelines.PipelineDefinition>> ReadAsync(string? config) => _project.ReadAsync(
        $$"""
        name: x
        vars: { size: 3, list: [id, 5] }
        steps:
          - id: load
            sync:
              from:
                plugin: tap-csv
                {{(config is null ? "" : "config: " + config.ReplaceLineEndings("\n          "))}}
              to: { plugin: target-jsonl, config: { path: ./out } }
        """,
        grantAll: true);
}
