using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Secrets;

namespace FlexCore.Plugins.Tests.Pipelines;

public sealed class SecretsInPipelinesTests : IDisposable
{
    private const string Asking = "\ncapabilities: { secrets: [api_key, token] }\n";

    private readonly Project _project = new();

    public SecretsInPipelinesTests()
    {
        _project.Secrets["api_key"] = "canary-1 ${vars.v} ${secret.token} $${secret.token}";
        _project.Secrets["token"] = "canary-2";
        _project.Write("plugins/job/plugin.yaml", "name: job\nversion: 1\nkind: task\nprotocol: task\ncommand: [sh]\n");
        _project.Write("plugins/asking/plugin.yaml", "name: asking\nversion: 1\nkind: task\nprotocol: task\ncommand: [sh]" + Asking);
    }

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData("${secret.token}", "canary-2")]
    [InlineData("Bearer ${secret.token}!", "Bearer canary-2!")]
    [InlineData("${secret.token}${secret.token}", "canary-2canary-2")]
    [InlineData("${vars.v}:${secret.token}:${vars.n}", "a value:canary-2:7")]
    [InlineData("$${secret.token}", "${secret.token}")]
    [InlineData("$${secret.token} ${secret.token}", "${secret.token} canary-2")]
    [InlineData("$${vars.v} ${secret.token}", "${vars.v} canary-2")]
    [InlineData("${secret.token", "${secret.token")]
    public async Task Reference_stands_for_the_value_in_the_settings_that_the_plugin_gets(string written, string value) => (await CompletedAsync(written)).ShouldBe(value);

    /// <summary>What is inserted, be it a variable's value or a secret's, is never looked through for references.</summary>
    [Theory]
    [InlineData("${vars.evil}", "${secret.token}")]
    [InlineData("${vars.evil} ${secret.token}", "${secret.token} canary-2")]
    [InlineData("${vars.half}{secret.token} ${secret.token}", "${secret.token} canary-2")]
    [InlineData("${vars.half}${secret.token}", "$canary-2")]
    [InlineData("${secret.api_key}", "canary-1 ${vars.v} ${secret.token} $${secret.token}")]
    [InlineData("${secret.api_key}${secret.token}", "canary-1 ${vars.v} ${secret.token} $${secret.token}canary-2")]
    [InlineData("${env.FLEXCORE_TEST_EVIL} ${secret.token}", "${secret.token} canary-2")]
    public async Task Value_that_looks_like_a_reference_is_not_one(string written, string value)
    {
        Environment.SetEnvironmentVariable("FLEXCORE_TEST_EVIL", "${secret.token}");

        (await CompletedAsync(written)).ShouldBe(value);
    }

    [Fact]
    public async Task Pipeline_that_was_read_has_no_value_of_a_secret_in_it()
    {
        var pipeline = (await ReadAsync("task: { plugin: asking, input: { deep: [{ token: \"x ${secret.token}\" }], key: \"${secret.api_key}\" } }", grantAll: true)).Value;
        var use = pipeline.Steps[0].Plugins[0];

        use.Settings.GetRawText().ShouldBe("""{"deep":[{"token":"x ${secret.token}"}],"key":"${secret.api_key}"}""");
        use.LateTexts.Select(text => string.Join('/', text.Path)).ShouldBe(["deep/0/token", "key"]);
        use.Secrets.ShouldBe(["token", "api_key"]);
        pipeline.Document.GetProperty("steps")[0].GetProperty("task").GetProperty("input").GetRawText().ShouldBe(use.Settings.GetRawText());
        (pipeline.ToString() + pipeline.Document.GetRawText() + use).ShouldNotContain("canary");
        var secrets = await StepSecrets.FetchAsync(_project.Secrets, [], [use], [], TestContext.Current.CancellationToken);
        secrets.Complete(use).GetProperty("deep")[0].GetProperty("token").GetString().ShouldBe("x canary-2");
        secrets.Mask.Apply("canary-2, ${secret.token}").ShouldBe("***, ${secret.token}");
    }

    [Theory]
    [InlineData("${secret.token}", "${secret.token}")]
    [InlineData("mine:${secret.token}", "***")]
    [InlineData("$${secret.token}", "***")]
    public async Task Secret_field_is_recorded_as_a_reference_only_when_it_is_nothing_else(string written, string recorded)
    {
        var pipeline = (await ReadAsync($"sync: {{ from: {{ plugin: tap-csv, config: {{ path: in.csv, password: \"{written}\" }} }}, to: {{ plugin: target-jsonl, config: {{ path: ./out }} }} }}", grantAll: true)).Value;

        pipeline.Document.GetProperty("steps")[0].GetProperty("sync").GetProperty("from").GetProperty("config").GetProperty("password").GetString().ShouldBe(recorded);
    }

    [Fact]
    public async Task Secret_that_is_written_out_is_not_on_record_and_the_record_is_not_run_without_it()
    {
        const string Written = "sync: { from: { plugin: tap-csv, config: { path: in.csv, password: hunter2 } }, to: { plugin: target-jsonl, config: { path: ./out } } }";
        var pipeline = (await ReadAsync(Written, grantAll: true)).Value;
        var fromRecord = await _project.ReadRecordedAsync(pipeline);

        var missing = pipeline.NotOnRecord.ShouldHaveSingleItem();
        missing.Code.ShouldBe(ErrorCodes.SecretWrittenOut);
        missing.Message.ShouldBe("plugin tap-csv: 'password' is a secret field, and its value is written out");
        missing.Location.ShouldNotBeNull().Line.ShouldBe(9);
        pipeline.Document.GetRawText().ShouldNotContain("hunter2");
        fromRecord.Errors.Select(error => error.Code).ShouldBe([ErrorCodes.SecretWrittenOut]);
    }

    [Fact]
    public async Task Secret_that_is_not_there_is_named_at_every_place_that_needs_it()
    {
        _project.Secrets.Clear();

        var read = await ReadAsync("task: { plugin: asking, input: { a: \"${secret.token}\", b: [\"x ${secret.token}\"] } }", grantAll: true);

        read.ShouldFailAt("FX1019@9:41", "FX1019@9:64", "FX1019@9:21", "FX1019@9:21");
        read.Errors.Select(error => error.Message).Distinct().ShouldBe(["there is no secret token", "there is no secret api_key"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("task: { plugin: job, args: [\"--token\", \"${secret.token}\"] }", "9:44")]
    [InlineData("task: { plugin: job, args: [\"--token=${secret.token}\"] }", "9:33")]
    [InlineData("task: { plugin: job, grants: { read: [\"./${secret.token}\"] } }", "9:43")]
    [InlineData("task: { plugin: job, input: { \"${secret.token}\": 1 } }", "9:35")]
    [InlineData("task: { plugin: job, input: { a: \"${env.FLEXCORE_SECRET_TOKEN}\" } }", "9:38")]
    [InlineData("sync: { from: { plugin: tap-csv, config: { path: in.csv }, select: [\"${secret.token}.*\"] }, to: { plugin: target-jsonl, config: { path: ./out } } }", "9:73")]
    [InlineData("sync: { from: { plugin: tap-csv, config: { path: in.csv } }, through: [{ map: { stream: s, derive: { a: \"'${secret.token}'\" } } }], to: { plugin: target-jsonl, config: { path: ./out } } }", "9:109")]
    [InlineData("sync: { from: { plugin: tap-csv, config: { path: \"${secret.token}\" } }, to: { plugin: target-jsonl, config: { path: ./out } } }", "9:46")]
    [InlineData("sync: { from: { plugin: tap-csv, config: { path: [a, \"${secret.token}\"] } }, to: { plugin: target-jsonl, config: { path: ./out } } }", "9:46")]
    public async Task Secret_at_a_place_that_is_no_setting_is_refused_there(string step, string place)
    {
        var read = await ReadAsync(step, grantAll: true);

        read.Places().ShouldContain($"FX1018@{place}");
        read.Errors.ShouldAllBe(error => !error.Message.Contains("canary", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("host: \"${secret.token}\"", "9:45")]
    [InlineData("more: [\"a:1\", \"x${secret.token}:1\"]", "9:45")]
    public async Task Secret_in_a_destination_that_is_granted_is_refused(string input, string place)
    {
        _project.Write("plugins/calling/plugin.yaml", "name: calling\nversion: 1\nkind: task\nprotocol: task\ncommand: [sh]\ncapabilities: { net: [\"${input.host}:443\", \"${input.more}\"] }\n");

        (await ReadAsync($"task: {{ plugin: calling, input: {{ {input} }} }}", grantAll: true)).ShouldFailAt($"FX1018@{place}");
    }

    [Fact]
    public async Task Secret_in_variables_and_grants_is_refused_and_in_the_description_is_a_word()
    {
        (await _project.ReadAsync("name: p\ndescription: needs ${secret.token}\nvars: { a: { b: [\"${secret.token}\"] } }\ngrants: { job: { read: [\"/${secret.token}\"] } }\nsteps:\n  - id: a\n    task: { plugin: job, input: { a: \"${vars.a}\" } }\n"))
            .ShouldFailAt("FX1018@3:18", "FX1018@4:25");
        (await _project.ReadAsync("name: p\ndescription: needs ${secret.token}\nsteps:\n  - id: a\n    noop: {}\n")).Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("grants: { asking: { secrets: [api_key, token] } }", "", "secret api_key, secret token")]
    [InlineData("grants: { asking: { secrets: [token, other, api_key] } }", ", grants: { secrets: [token] }", "secret token")]
    [InlineData("grants: { asking: { secrets: [token, api_key] } }", ", grants: {}", "nothing")]
    public async Task Plugin_gets_the_secrets_that_it_asks_and_is_granted_narrowed_by_the_step(string grants, string narrowed, string effective) =>
        (await _project.ReadAsync($"name: p\n{grants}\nsteps:\n  - id: a\n    task: {{ plugin: asking{narrowed} }}\n")).Value.Steps[0].Plugins[0].Grant.ToString().ShouldBe(effective);

    [Fact]
    public async Task Secret_that_is_asked_and_not_granted_stops_everything_with_the_block_to_paste()
    {
        var read = await _project.ReadAsync("name: p\ngrants: { asking: { secrets: [token] } }\nsteps:\n  - id: a\n    task: { plugin: asking }\n");

        read.ShouldFailAt("FX1030@5:21");
        read.Errors[0].Message.ShouldBe("plugin asking asks for what nobody has granted: secret api_key");
        read.Errors[0].Remedy.ShouldEndWith("grants:\n  asking: { secrets: [token, api_key] }");
    }

    [Fact]
    public async Task Secret_that_a_step_leaves_out_need_not_be_there()
    {
        _project.Secrets.Remove("api_key");

        (await _project.ReadAsync("name: p\ngrants: { asking: { secrets: [token, api_key] } }\nsteps:\n  - id: a\n    task: { plugin: asking, grants: { secrets: [token] } }\n")).Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Name_that_is_none_in_grants_is_refused() =>
        (await _project.ReadAsync("name: p\ngrants: { asking: { secrets: [TOKEN, ../x] } }\nsteps:\n  - id: a\n    task: { plugin: asking, grants: { secrets: [a b] } }\n")).Places()
            .ShouldBe(["FX1014@2:31", "FX1014@2:38", "FX1030@5:21", "FX1014@5:49"], ignoreOrder: true);

    /// <summary>The value is not looked at before the plugin does, so that nobody learns of it by trying schemas; the rest of the settings is.</summary>
    [Theory]
    [InlineData("""{"token":{"type":"string","pattern":"^ghp_[a-z]+$","minLength":30,"maxLength":40,"format":"uuid","enum":["a","b"],"const":"a"}}""")]
    [InlineData("""{"token":{"oneOf":[{"pattern":"^a"},{"pattern":"^b"}],"anyOf":[{"const":1},{"const":"x"}],"not":{"type":"string","minLength":3}}}""")]
    [InlineData("""{"list":{"uniqueItems":true,"contains":{"const":"x"},"items":{"enum":["y"]}}}""")]
    public async Task Settings_are_not_refused_for_what_only_the_value_decides(string properties) => (await CheckAsync(properties, "{ token: \"${secret.token}\", list: [\"${secret.token}\", \"${secret.token}\"] }")).Errors.ShouldBeEmpty();

    [Fact]
    public async Task Branches_that_the_value_would_choose_are_not_held_against_the_settings()
    {
        const string Schema = """{"if":{"properties":{"token":{"pattern":"^ghp_"}}},"then":{},"else":{"required":["user"]}}""";

        (await CheckSchemaAsync(Schema, "{ token: \"${secret.token}\" }")).Errors.ShouldBeEmpty();
        (await CheckSchemaAsync(Schema, "{ token: plain }")).Errors.ShouldHaveSingleItem().Message.ShouldBe("plugin job: input is missing 'user'");
    }

    [Theory]
    [InlineData("""{"token":{"type":"integer"}}""", "input.token must be a whole number, and a secret is a text")]
    [InlineData("""{"token":{"type":["number","null"]}}""", "input.token must be a number or null, and a secret is a text")]
    [InlineData("""{"token":false}""", "input.token is not allowed, and a secret is a text")]
    [InlineData("""{"list":{"maxItems":1}}""", "input.list must have at most 1 item")]
    [InlineData("""{"plain":{"pattern":"^x"}}""", "input.plain must match \"^x\"")]
    [InlineData("""{"plain":{"enum":["x"]}}""", "input.plain must be one of: \"x\"")]
    [InlineData("""{"list":{"items":{"minLength":9}}}""", "input.list[1] must have at least 9 characters")]
    public async Task Settings_are_refused_for_all_else(string properties, string problem)
    {
        var read = await CheckAsync(properties, "{ token: \"${secret.token}\", list: [\"${secret.token}\", plain], plain: plain }");

        read.Errors.ShouldHaveSingleItem().Message.ShouldBe($"plugin job: {problem}");
    }

    private Task<Result<PipelineDefinition>> CheckAsync(string properties, string input) => CheckSchemaAsync($$"""{"properties":{{properties}}}""", input);

    private Task<Result<PipelineDefinition>> CheckSchemaAsync(string schema, string input)
    {
        _project.Write("plugins/job/plugin.yaml", "name: job\nversion: 1\nkind: task\nprotocol: task\ncommand: [sh]\nconfig: schema.json\n");
        _project.Write("plugins/job/schema.json", schema);
        return ReadAsync($"task: {{ plugin: job, input: {input} }}");
    }

    private async Task<string?> CompletedAsync(string written)
    {
        var use = (await ReadAsync($"task: {{ plugin: job, input: {{ x: \"{written}\" }} }}")).Value.Steps[0].Plugins[0];
        var secrets = await StepSecrets.FetchAsync(_project.Secrets, [], [use], [], TestContext.Current.CancellationToken);
        return secrets.Complete(use).GetProperty("x").GetString();
    }

    private Task<Result<PipelineDefinition>> ReadAsync(string step, bool grantAll = false) => _project.ReadAsync(
        $$"""
        name: p
        vars:
          v: a value
          n: 7
          half: $
        {{(step.Contains("vars.evil", StringComparison.Ordinal) ? "" : "#")}}  evil: "$evil"
        steps:
          - id: a
            {{step}}
        """,
        grantAll,
        step.Contains("vars.evil", StringComparison.Ordinal) ? [("evil", "${secret.token}")] : []);
}
