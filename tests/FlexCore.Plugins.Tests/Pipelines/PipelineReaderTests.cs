using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;

namespace FlexCore.Plugins.Tests.Pipelines;

public sealed class PipelineReaderTests : IDisposable
{
    public const string Sync = """
        name: orders
        description: Orders to the warehouse
        vars: { region: eu, top: 5, list: [1, { a: b }] }
        grants:
          tap-csv: { read: [./in.csv], env: [TZ] }
          target-jsonl: { write: [./out] }
          report: { read: [./out] }
        steps:
          - id: load
            sync:
              from: { plugin: tap-csv, config: { path: ./in.csv, region: "${vars.region}", password: hunter2 }, select: ["orders.*", "!orders.card"] }
              to: { plugin: target-jsonl, config: { path: ./out } }
          - id: report
            needs: [load]
            task: { plugin: report, args: ["--top", "${vars.top}"], input: { path: ./out/, top: "${vars.top}", list: "${vars.list}" } }
          - id: pause
            noop: {}
        """;

    private readonly Project _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Pipeline_is_read_with_its_plugins_found_and_its_references_resolved()
    {
        var pipeline = (await _project.ReadAsync(Sync)).Value;

        (pipeline.Name, pipeline.Description, pipeline.File).ShouldBe(("orders", "Orders to the warehouse", _project.PathOf("pipeline.yaml")));
        pipeline.Steps.Select(step => (step.Id, step.GetType())).ShouldBe([("load", typeof(SyncStep)), ("report", typeof(TaskStep)), ("pause", typeof(NoopStep))]);
        var report = (TaskStep)pipeline.Steps[1];
        report.Needs.ShouldBe(["load"]);
        report.Args.ShouldBe(["--top", "5"]);
        report.Plugin.Settings.GetRawText().ShouldBe($$"""{"path":"{{_project.PathOf("out")}}","top":5,"list":[1,{"a":"b"}]}""");
        ((SyncStep)pipeline.Steps[0]).Select.ShouldBe(["orders.*", "!orders.card"]);
    }

    [Fact]
    public async Task Path_in_the_config_becomes_absolute_and_is_what_is_granted()
    {
        var load = (SyncStep)(await _project.ReadAsync(Sync)).Value.Steps[0];

        load.From.Settings.GetProperty("path").GetString().ShouldBe(_project.PathOf("in.csv"));
        load.From.Grant.ToString().ShouldBe($"read {_project.PathOf("in.csv")}, env TZ");
        load.To[0].Grant.ToString().ShouldBe($"write {_project.PathOf("out")}");
        (load.From.GrantSource, load.To[0].GrantSource).ShouldBe(("pipeline", "pipeline"));
    }

    [Fact]
    public async Task Path_that_an_earlier_step_writes_need_not_exist_yet()
    {
        Directory.Exists(_project.PathOf("out")).ShouldBeFalse();

        (await _project.ReadAsync(Sync)).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task Secret_is_masked_in_what_is_recorded_and_kept_in_what_runs()
    {
        var pipeline = (await _project.ReadAsync(Sync)).Value;

        pipeline.Document.GetRawText().ShouldNotContain("hunter2");
        pipeline.Document.GetProperty("steps")[0].GetProperty("sync").GetProperty("from").GetProperty("config").GetProperty("password").GetString().ShouldBe("***");
        pipeline.Steps[0].Plugins[0].Settings.GetProperty("password").GetString().ShouldBe("hunter2");
    }

    [Fact]
    public async Task Hash_follows_the_definition_and_neither_secrets_nor_variables_of_the_command_line()
    {
        var hash = (await _project.ReadAsync(Sync)).Value.Hash;

        (await _project.ReadAsync(Sync)).Value.Hash.ShouldBe(hash);
        (await _project.ReadAsync(Sync.Replace("hunter2", "other", StringComparison.Ordinal))).Value.Hash.ShouldBe(hash);
        (await _project.ReadAsync(Sync, set: ("region", "us"))).Value.Hash.ShouldBe(hash);
        (await _project.ReadAsync(Sync.Replace("region: eu", "region: us", StringComparison.Ordinal))).Value.Hash.ShouldNotBe(hash);
    }

    [Fact]
    public async Task Document_keeps_references_as_they_were_written() =>
        (await _project.ReadAsync(Sync)).Value.Document.GetProperty("steps")[0].GetProperty("sync").GetProperty("from").GetProperty("config").GetProperty("region").GetString().ShouldBe("${vars.region}");

    [Fact]
    public async Task Variable_of_the_command_line_overrides_that_of_the_file_and_keeps_its_type()
    {
        var pipeline = (await _project.ReadAsync(Sync, grantAll: false, ("region", "us"), ("top", "7"))).Value;

        pipeline.Vars["region"].GetString().ShouldBe("us");
        pipeline.Vars["top"].ValueKind.ShouldBe(JsonValueKind.Number);
        ((TaskStep)pipeline.Steps[1]).Args.ShouldBe(["--top", "7"]);
    }

    [Fact]
    public async Task Variable_of_the_command_line_that_the_file_does_not_have_is_refused()
    {
        var error = (await _project.ReadAsync(Sync, grantAll: false, ("regoin", "us"))).Errors.ShouldHaveSingleItem();

        error.Code.ShouldBe(ErrorCodes.UnknownReference);
        error.Message.ShouldContain("region, top, list");
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_reported_at_once_and_in_the_order_of_the_file()
    {
        var result = await _project.ReadAsync("""
            name: Bad Name
            schedule: { cron: "* * * *" }
            surprise: 1
            steps:
              - id: load
                retry: { attempts: 3 }
                needs: [nobody]
                sync:
                  from: { plugin: report, config: { path: "${vars.missing}" } }
                  to: []
                  through: [{ plugin: tap-csv }]
                  validate: never
              - id: load
                noop: {}
              - id: both
                noop: {}
                task: { plugin: no-such-plugin, input: [] }
              - noop: {}
            """);

        result.Places().ShouldBe(
        [
            "FX1014@1:7", "FX1012@2:19", "FX1010@3:1", "FX1016@7:13", "FX1015@9:47", "FX1021@9:23", "FX1012@10:11", "FX1021@11:27", "FX1012@12:17",
            "FX1013@13:5", "FX1012@15:5", "FX1012@17:44", "FX1020@17:21", "FX1011@18:5",
        ], ignoreOrder: true);
        result.Errors.Select(error => error.Location!.Line).ShouldBeInOrder();
    }

    [Fact]
    public async Task Step_says_when_it_runs_how_long_it_may_take_and_how_often_it_is_tried()
    {
        var pipeline = (await _project.ReadAsync("""
            name: p
            parallel: 2
            steps:
              - id: load
                timeout: 30m
                retry: { attempts: 5, backoff: fixed, initial: 2s, max: 30s, jitter: false, on: [exit-code, idle-timeout] }
                task: { plugin: report, input: { path: . } }
              - id: tell
                needs: [load]
                when: failure
                noop: {}
            grants: { report: { read: [.] } }
            """)).Value;

        pipeline.Parallel.ShouldBe(2);
        (pipeline.Steps[0].When, pipeline.Steps[0].Timeout).ShouldBe((RunCondition.Success, TimeSpan.FromMinutes(30)));
        var retry = pipeline.Steps[0].Retry;
        (retry.Attempts, retry.Backoff, retry.Initial, retry.Max, retry.Jitter).ShouldBe((5, Backoff.Fixed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30), false));
        retry.On.ShouldBe([PluginOutcome.ExitCode, PluginOutcome.IdleTimeout]);
        (pipeline.Steps[1].When, pipeline.Steps[1].Timeout, pipeline.Steps[1].Retry).ShouldBe((RunCondition.Failure, null, RetryPolicy.Never));
    }

    [Theory]
    [InlineData("when: sometimes", "FX1012@5:11")]
    [InlineData("timeout: soon", "FX1012@5:14")]
    [InlineData("timeout: 5s", "FX1012@3:5")]
    [InlineData("retry: {}", "FX1011@5:12")]
    [InlineData("when: failure", "FX1012@3:5")]
    [InlineData("retry: { attempts: 1, initial: 2s, max: 1s }", "FX1012@5:12")]
    [InlineData("retry: { attempts: 0 }", "FX1012@5:24")]
    [InlineData("retry: { attempts: 1001 }", "FX1012@5:24")]
    [InlineData("retry: { attempts: 1, on: [succeeded] }", "FX1012@5:32")]
    [InlineData("retry: { attempts: 1, when: now }", "FX1010@5:27")]
    public async Task Flow_of_a_step_that_makes_no_sense_is_refused_at_its_place(string key, string place) =>
        (await _project.ReadAsync($"name: p\nsteps:\n  - id: a\n    noop: {{}}\n    {key}\n")).ShouldFailAt(place);

    [Fact]
    public async Task Key_of_a_later_part_in_a_step_is_refused_by_name() =>
        (await _project.ReadAsync("name: p\nsteps:\n  - id: a\n    noop: {}\n    parallel: 2\n")).ShouldFailAt("FX1090@5:5");

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("\"a\\nb\"")]
    [InlineData("\"a\\e[31m\"")]
    [InlineData("\"a\\u202Eb\"")]
    [InlineData("A")]
    [InlineData("\"\"")]
    [InlineData("[a]")]
    public async Task Name_that_breaks_the_rule_is_refused_and_shown_safely(string name)
    {
        var result = await _project.ReadAsync($"name: {name}\nsteps:\n  - id: {name}\n    noop: {{}}\n");

        result.Errors.Count.ShouldBe(2);
        result.Errors.ShouldAllBe(error => (error.Code == ErrorCodes.InvalidName || error.Code == ErrorCodes.InvalidValue) && !error.ToString().Any(c => char.IsControl(c) || c == '\u202e'));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("./../evil")]
    [InlineData("/tmp/../evil")]
    [InlineData("a/b")]
    [InlineData("Evil")]
    public async Task Plugin_that_is_neither_a_name_nor_a_folder_is_refused(string plugin) =>
        (await _project.ReadAsync($"name: p\nsteps:\n  - id: a\n    task: {{ plugin: {plugin} }}\n")).ShouldFailAt("FX1014@4:21");

    [Fact]
    public async Task Plugin_in_a_folder_is_found_beside_the_pipeline()
    {
        _project.Write("mine/plugin.yaml", Project.Task.Replace("name: report", "name: mine", StringComparison.Ordinal));

        (await _project.ReadAsync("name: p\nsteps:\n  - id: a\n    task: { plugin: ./mine }\n")).Value.Steps[0].Plugins[0].Manifest.Name.ShouldBe("mine");
    }

    [Fact]
    public async Task Plugin_that_is_missing_or_damaged_is_named_and_shown_safely()
    {
        (await _project.ReadAsync("name: p\nsteps:\n  - id: a\n    task: { plugin: nobody }\n")).ShouldFailAt("FX1020@4:21");
        var error = (await _project.ReadAsync("name: p\nsteps:\n  - id: a\n    task: { plugin: \"./\\e[2J\" }\n")).Errors.ShouldHaveSingleItem();
        error.Code.ShouldBe(ErrorCodes.PluginNotFound);
        error.Message.ShouldNotContain('\u001b');
        _project.Write("plugins/damaged/plugin.yaml", "name: damaged\n");
        (await _project.ReadAsync("name: p\nsteps:\n  - id: a\n    task: { plugin: damaged }\n")).ShouldFailAt("FX1011@1:1", "FX1011@1:1", "FX1011@1:1", "FX1011@1:1");
    }

    [Fact]
    public async Task Plugin_that_calls_itself_otherwise_is_refused()
    {
        _project.Write("plugins/alias/plugin.yaml", Project.Task);

        (await _project.ReadAsync("name: p\nsteps:\n  - id: a\n    task: { plugin: alias }\n")).ShouldFailAt("FX1014@4:21");
    }

    [Fact]
    public async Task Registered_plugin_is_found_when_the_project_has_none_of_that_name()
    {
        _project.Write(".flexcore/plugins/stored/plugin.yaml", Project.Task.Replace("name: report", "name: stored", StringComparison.Ordinal));

        (await _project.ReadAsync("name: p\nsteps:\n  - id: a\n    task: { plugin: stored }\n")).Value.Steps[0].Plugins[0].Manifest.Folder.ShouldBe(_project.PathOf(".flexcore/plugins/stored"));
    }

    [Fact]
    public async Task Plugin_of_the_wrong_kind_is_refused() =>
        (await _project.ReadAsync("name: p\nsteps:\n  - id: a\n    sync: { from: { plugin: target-jsonl }, to: { plugin: tap-csv } }\n")).ShouldFailAt("FX1021@4:29", "FX1021@4:59");

    [Fact]
    public async Task Cycle_is_named_at_the_need_that_closes_it()
    {
        var error = (await _project.ReadAsync("name: p\nsteps:\n  - { id: a, needs: [b], noop: {} }\n  - { id: b, needs: [a], noop: {} }\n")).Errors.ShouldHaveSingleItem();

        (error.Code, error.Location!.Line, error.Location.Column).ShouldBe((ErrorCodes.StepCycle, 3, 22));
        error.Message.ShouldContain("a → b → a");
    }

    [Theory]
    [InlineData("${vars.nobody}", "FX1015")]
    [InlineData("${vars}", "FX1015")]
    [InlineData("${}", "FX1015")]
    [InlineData("${other.x}", "FX1015")]
    [InlineData("${env.FLEXCORE_TEST_NOT_SET}", "FX1015")]
    [InlineData("${secret.x}", "FX1019")]
    [InlineData("${secret}", "FX1015")]
    [InlineData("${secret.API_KEY}", "FX1015")]
    [InlineData("${connection.a.b}", "FX1015")]
    [InlineData("x ${steps.a.output.b} y", "FX1015")]
    public async Task Reference_to_nothing_or_to_a_later_part_is_refused(string reference, string code) =>
        (await _project.ReadAsync($"name: p\nvars: {{ v: 1 }}\nsteps:\n  - id: a\n    task: {{ plugin: report, input: {{ x: \"{reference}\" }} }}\n")).ShouldFailAt($"{code}@5:41");

    [Theory]
    [InlineData("${vars.n}", "1")]
    [InlineData("a ${vars.n} ${vars.t}", "\"a 1 x\"")]
    [InlineData("$${vars.n}", "\"${vars.n}\"")]
    [InlineData("${env.PATH}${vars.empty}", null)]
    [InlineData("$ {vars.n}", "\"$ {vars.n}\"")]
    public async Task Reference_stands_for_its_value_and_two_dollars_for_one(string written, string? json)
    {
        var settings = (await _project.ReadAsync($"name: p\nvars: {{ n: 1, t: x, empty: }}\nsteps:\n  - id: a\n    task: {{ plugin: report, input: {{ x: \"{written}\" }} }}\n")).Value.Steps[0].Plugins[0].Settings;

        settings.GetProperty("x").GetRawText().ShouldBe(json ?? JsonSerializer.Serialize(Environment.GetEnvironmentVariable("PATH")));
    }

    [Fact]
    public async Task Text_full_of_opened_references_is_read_in_no_time()
    {
        var text = string.Concat(Enumerable.Repeat("${", 400_000));

        (await _project.ReadAsync($"name: p\nsteps:\n  - id: a\n    task: {{ plugin: report, input: {{ x: \"{text}\" }} }}\n")).Value.Steps[0].Plugins[0].Settings.GetProperty("x").GetString().ShouldBe(text);
    }

    [Theory]
    [InlineData("\"a}b\"")]
    [InlineData("\"a{b\"")]
    public async Task Variable_that_no_reference_can_name_is_refused(string name) =>
        (await _project.ReadAsync($"name: p\nvars: {{ {name}: 1 }}\nsteps: [{{ id: a, noop: {{}} }}]\n")).ShouldFailAt("FX1014@2:9");
}
