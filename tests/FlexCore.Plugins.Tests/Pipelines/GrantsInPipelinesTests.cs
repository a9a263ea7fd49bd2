using FlexCore.Domain.Errors;

namespace FlexCore.Plugins.Tests.Pipelines;

public sealed class GrantsInPipelinesTests : IDisposable
{
    private const string Steps = """
        steps:
          - id: load
            sync:
              from: { plugin: tap-csv, config: { path: ./in.csv } }
              to: { plugin: target-jsonl, config: { path: ./my out } }
        """;

    private readonly Project _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Missing_grants_are_reported_with_the_block_to_paste()
    {
        var result = await _project.ReadAsync("name: p\n" + Steps);

        result.ShouldFailAt("FX1030@5:23", "FX1030@6:21");
        result.Errors.ShouldAllBe(error => error.Remedy == """
            If you trust it, add this to pipeline.yaml (or use --grant all for one run):
            grants:
              tap-csv: { read: [./in.csv], env: [TZ] }
              target-jsonl: { write: ["./my out"] }
            """);
    }

    [Fact]
    public async Task Block_to_paste_is_enough()
    {
        var missing = await _project.ReadAsync("name: p\n" + Steps);
        var block = missing.Errors[0].Remedy.Split('\n', 2)[1];

        (await _project.ReadAsync($"name: p\n{block}\n{Steps}")).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task Block_to_paste_keeps_what_is_granted_already()
    {
        var result = await _project.ReadAsync("name: p\ngrants: { tap-csv: { env: [TZ] }, target-jsonl: { write: [./my out] } }\n" + Steps);

        result.Errors.ShouldHaveSingleItem().Remedy.ShouldEndWith("  tap-csv: { read: [./in.csv], env: [TZ] }");
    }

    [Fact]
    public async Task Grant_all_grants_what_is_asked_and_says_so()
    {
        var plugins = (await _project.ReadAsync("name: p\n" + Steps, grantAll: true)).Value.Steps[0].Plugins;

        plugins.Select(use => use.GrantSource).ShouldAllBe(source => source == "command-line");
        plugins[0].Grant.ToString().ShouldBe($"read {_project.PathOf("in.csv")}, env TZ");
    }

    [Fact]
    public async Task Step_narrows_what_is_granted_and_never_widens_it()
    {
        var result = await _project.ReadAsync("""
            name: p
            grants: { report: { read: [.] } }
            steps:
              - id: a
                task: { plugin: report, input: { path: . }, grants: { read: [./in.csv, /etc] } }
            """);

        result.Value.Steps[0].Plugins[0].Grant.ToString().ShouldBe($"read {_project.PathOf("in.csv")}");
    }

    [Fact]
    public async Task Grant_for_a_plugin_that_no_step_uses_is_refused() =>
        (await _project.ReadAsync("name: p\ngrants: { nobody: { read: [./in.csv] } }\nsteps: [{ id: a, noop: {} }]\n")).ShouldFailAt("FX1010@2:11");

    [Theory]
    [InlineData("grants: { report: { secrets: [x, X] } }", "FX1014@2:34")]
    [InlineData("grants: { report: { net: [\"api:1\", api] } }", "FX1012@2:36")]
    [InlineData("grants: { report: { net: [\"*:443\"] } }", "FX1012@2:27")]
    [InlineData("grants: { report: { net: \"api:443\" } }", "FX1012@2:26")]
    [InlineData("grants: { report: { raed: [x] } }", "FX1010@2:21")]
    [InlineData("grants: { report: { read: ./in.csv } }", "FX1012@2:27")]
    [InlineData("grants: { report: all }", "FX1012@2:19")]
    public async Task Grant_of_another_shape_is_refused(string grants, string place)
    {
        var result = await _project.ReadAsync($"name: p\n{grants}\nsteps:\n  - id: a\n    task: {{ plugin: report }}\n");

        result.Places().ShouldContain(place);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/proc/self")]
    [InlineData("/data/../sys")]
    [InlineData("/dev/")]
    [InlineData("/run/flexcore")]
    public async Task Path_of_the_machine_itself_is_refused_even_with_grant_all(string path)
    {
        (await _project.ReadAsync($"name: p\nsteps:\n  - id: a\n    task: {{ plugin: report, input: {{ path: {path} }} }}\n", grantAll: true)).Places().ShouldContain("FX1031@4:21");
        (await _project.ReadAsync($"name: p\ngrants: {{ report: {{ read: [{path}] }} }}\nsteps:\n  - id: a\n    task: {{ plugin: report }}\n")).ShouldFailAt("FX1031@2:28");
    }

    [Fact]
    public async Task Path_to_read_that_does_not_exist_is_refused() =>
        (await _project.ReadAsync("name: p\nsteps:\n  - id: a\n    task: { plugin: report, input: { path: ./none.csv } }\n", grantAll: true))
            .Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.PathMissing);

    [Fact]
    public async Task Folder_to_write_that_is_a_file_is_refused() =>
        (await _project.ReadAsync(("name: p\n" + Steps).Replace("./my out", "./in.csv", StringComparison.Ordinal), grantAll: true)).ShouldFailAt("FX1012");

    [Theory]
    [InlineData("5")]
    [InlineData("{ a: b }")]
    [InlineData("[./in.csv, 5]")]
    public async Task Path_that_is_no_text_is_refused(string path) =>
        (await _project.ReadAsync($"name: p\nsteps:\n  - id: a\n    task: {{ plugin: report, input: {{ path: {path} }} }}\n", grantAll: true)).ShouldFailAt("FX1023@4:36");

    [Fact]
    public async Task List_of_paths_is_granted_and_made_absolute()
    {
        _project.Write("b.csv", "");
        var use = (await _project.ReadAsync("name: p\nsteps:\n  - id: a\n    task: { plugin: report, input: { path: [in.csv, ./b.csv] } }\n", grantAll: true)).Value.Steps[0].Plugins[0];

        use.Grant.Read.ShouldBe([_project.PathOf("in.csv"), _project.PathOf("b.csv")]);
        use.Settings.GetProperty("path").EnumerateArray().Select(item => item.GetString()).ShouldBe(use.Grant.Read);
    }

    [Fact]
    public async Task Capability_of_a_hostile_plugin_is_shown_safely()
    {
        _project.Write("plugins/evil/plugin.yaml", "name: evil\nversion: 1\nkind: task\nprotocol: task\ncommand: [sh]\ncapabilities: { env: [\"\\e]0;pwn\\a\"], read: [\"/x\\nerror[FX9001]: forged\", \"${config.\\e}\"] }\n");

        var errors = (await _project.ReadAsync("name: p\nsteps:\n  - id: a\n    task: { plugin: evil }\n")).Errors;

        errors.Select(error => error.Code).ShouldBe([ErrorCodes.UnknownReference, ErrorCodes.GrantMissing, ErrorCodes.PathMissing], ignoreOrder: true);
        errors.ShouldAllBe(error => !error.Message.Any(char.IsControl) && !error.Remedy.Contains('\u001b'));
    }
}
