using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Secrets;

namespace FlexCore.Plugins.Tests.Pipelines;

/// <summary>What an earlier step leaves, in the settings of a later one.</summary>
public sealed class StepValuesTests : IDisposable
{
    private readonly Project _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Value_takes_its_place_when_the_step_starts_and_alone_keeps_its_type()
    {
        var pipeline = (await _project.ReadAsync(Write("""
            path: ., rows: "${steps.load.output.rows}", all: "${steps.load.output}", deep: ["${steps.load.output.a.b}"], text: "it ${steps.load.status}: ${steps.load.records.orders} of ${steps.load.output.rows}", none: "${steps.load.records.other}"
            """))).Value;
        var use = pipeline.Steps[1].Plugins.ShouldHaveSingleItem();
        EarlierStep load = new("load", StepStatus.Succeeded, new Dictionary<string, long>(StringComparer.Ordinal) { ["orders"] = 4 }, JsonElement.Parse("""{"rows":5,"a":{"b":"${vars.x}"}}"""));

        var secrets = await StepSecrets.FetchAsync(_project.Secrets, [load], [use], [], TestContext.Current.CancellationToken);

        var settings = secrets.Complete(use);
        settings.GetProperty("rows").GetInt32().ShouldBe(5);
        settings.GetProperty("all").GetRawText().ShouldBe("""{"rows":5,"a":{"b":"${vars.x}"}}""");
        settings.GetProperty("deep")[0].GetString().ShouldBe("${vars.x}");
        settings.GetProperty("text").GetString().ShouldBe("it succeeded: 4 of 5");
        settings.GetProperty("none").GetInt64().ShouldBe(0);
        pipeline.Document.GetRawText().ShouldContain("${steps.load.output.rows}");
    }

    [Fact]
    public async Task Value_that_a_step_has_not_left_fails_the_one_that_refers_to_it()
    {
        var use = (await _project.ReadAsync(Write("path: ., rows: \"${steps.load.output.rows}\""))).Value.Steps[1].Plugins.ShouldHaveSingleItem();
        EarlierStep load = new("load", StepStatus.Skipped, new Dictionary<string, long>(StringComparer.Ordinal), Output: null);

        var failure = await Should.ThrowAsync<FlexCoreException>(() => StepSecrets.FetchAsync(_project.Secrets, [load], [use], [], TestContext.Current.CancellationToken));

        failure.Error.Code.ShouldBe(ErrorCodes.StepValueMissing);
        failure.Error.Message.ShouldBe("step load (skipped) has left no 'output.rows'");
    }

    [Theory]
    [InlineData("path: ., x: \"${steps.nobody.output.x}\"", "FX1016")]
    [InlineData("path: ., x: \"${steps.report.output.x}\"", "FX1015")]
    [InlineData("path: ., x: \"${steps.later.status}\"", "FX1015")]
    [InlineData("path: ., x: \"${steps.pause.output.x}\"", "FX1015")]
    [InlineData("path: ., x: \"${steps.load}\"", "FX1015")]
    [InlineData("path: ., x: \"${steps.load.outputs}\"", "FX1015")]
    [InlineData("path: ., x: \"${steps.load.output.}\"", "FX1015")]
    [InlineData("path: ., x: \"${steps.load.records}\"", "FX1015")]
    [InlineData("path: \"${steps.load.output.path}\"", "FX1018")]
    [InlineData("path: ., \"${steps.load.status}\": 1", "FX1015")]
    public async Task Reference_to_what_no_earlier_step_can_leave_or_from_where_it_cannot_be_is_refused(string input, string code) =>
        (await _project.ReadAsync(Write(input))).Errors.ShouldContain(error => error.Code.Id == code);

    [Fact]
    public async Task Arguments_and_variables_take_no_values_of_steps()
    {
        var result = await _project.ReadAsync("""
            name: p
            vars: { x: "${steps.load.status}" }
            grants: { report: { read: [.] } }
            steps:
              - id: load
                task: { plugin: report, input: { path: . } }
              - id: report
                needs: [load]
                task: { plugin: report, args: ["${steps.load.status}"], input: { path: . } }
            """);

        result.Places().ShouldContain("FX1015@2:12");
        result.Places().ShouldContain("FX1015@9:36");
    }

    private static string Write(string input) =>
        $$"""
        name: p
        grants: { report: { read: [.] } }
        steps:
          - id: load
            task: { plugin: report, input: { path: . } }
          - id: report
            needs: [pause]
            task: { plugin: report, input: { {{input}} } }
          - id: pause
            needs: [load]
            noop: {}
          - id: later
            noop: {}
        """;
}
