using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Plugins.Tests.Pipelines;

/// <summary>The <c>pipeline</c> of a step.</summary>
public sealed class SubPipelineReaderTests : IDisposable
{
    private readonly Project _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Variables_of_the_other_pipeline_are_texts_made_of_what_the_run_knows_when_the_step_begins()
    {
        var pipeline = (await _project.ReadAsync(Write("name: others, vars: { region: \"${vars.region}\", rows: \"${steps.load.output.rows}\", text: \"on ${steps.load.output.day}, ${steps.load.status}\", flag: true, none: null }"))).Value;
        var step = pipeline.Steps[1].ShouldBeOfType<SubPipelineStep>();

        var vars = step.Vars(Run("""{"rows":5,"day":"monday"}"""));

        (step.Pipeline, step.At.Line).ShouldBe(("others", 9));
        vars.ShouldBe(new Dictionary<string, string> { ["region"] = "eu", ["flag"] = "true", ["none"] = "", ["rows"] = "5", ["text"] = "on monday, succeeded" }, ignoreOrder: true);
        Should.Throw<FlexCoreException>(() => step.Vars(Run("""{"day":"monday"}"""))).Error.Code.ShouldBe(ErrorCodes.StepValueMissing);
    }

    [Theory]
    [InlineData("vars: { a: 1 }", "FX1011@9:15")]
    [InlineData("name: Others", "FX1014@9:23")]
    [InlineData("name: \"${vars.region}\"", "FX1014@9:23")]
    [InlineData("name: others, wait: false", "FX1010@9:31")]
    [InlineData("name: others, vars: [a]", "FX1012@9:37")]
    [InlineData("name: others, vars: { a: [1] }", "FX1012@9:42")]
    [InlineData("name: others, vars: { a: \"${vars.list}\" }", "FX1012@9:42")]
    [InlineData("name: others, vars: { a: \"${secret.key}\" }", "FX1018@9:42")]
    [InlineData("name: others, vars: { a: \"${steps.later.status}\" }", "FX1015@9:42")]
    public async Task Step_that_cannot_run_another_pipeline_is_refused_at_its_place(string pipeline, string place) => (await _project.ReadAsync(Write(pipeline))).Places().ShouldContain(place);

    [Fact]
    public async Task What_the_other_pipeline_leaves_can_be_referred_to() =>
        (await _project.ReadAsync("""
            name: p
            grants: { report: { read: [.] } }
            steps:
              - id: all
                pipeline: { name: others }
              - id: tell
                needs: [all]
                when: steps.all.output.records.orders > 0 and steps.all.output.steps."load-eu".rows > 0
                task: { plugin: report, input: { path: ., run: "${steps.all.output.run_id}", rows: "${steps.all.output.steps.load-eu.rows}" } }
            """)).Errors.ShouldBeEmpty();

    private static RunState Run(string output) => RunState.Empty with
    {
        Status = RunStatus.Running,
        Steps = [new StepState("load", StepStatus.Succeeded, 1, StepTally.Nothing, null, null, null) { Output = JsonElement.Parse(output) }],
    };

    private static string Write(string pipeline) =>
        $$"""
        name: p
        vars: { region: eu, list: [1, 2] }
        grants: { report: { read: [.] } }
        steps:
          - id: load
            task: { plugin: report, input: { path: . } }
          - id: others
            needs: [load]
            pipeline: { {{pipeline}} }
          - id: later
            noop: {}
        """;
}
