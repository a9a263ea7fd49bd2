using System.Text.Json;
using FlexCore.Domain.Runs;

namespace FlexCore.Plugins.Tests.Pipelines;

/// <summary>The <c>when</c> of a step that is a condition.</summary>
public sealed class StepConditionsTests : IDisposable
{
    private readonly Project _project = new();

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData("steps.load-eu.output.rows > 0", true)]
    [InlineData("steps.load-eu.output.rows > 5", false)]
    [InlineData("steps.load-eu.output.rows-1 = 4", true)]
    [InlineData("steps.load-eu.output.day.name = 'monday'", true)]
    [InlineData("steps.load-eu.output.\\\"day\\\".name like 'mon%'", true)]
    [InlineData("steps.load-eu.output.missing > 0", false)]
    [InlineData("steps.load-eu.output.missing is null", true)]
    [InlineData("steps.load-eu.output.day is not null", true)]
    [InlineData("steps.load-eu.records.orders + steps.load-eu.records.\\\"order-lines\\\" = 7", true)]
    [InlineData("steps.load-eu.records.none = 0", true)]
    [InlineData("steps.load-eu.status = 'succeeded' and steps.pause.status in ('succeeded', 'skipped')", true)]
    [InlineData("vars.region = 'eu' or vars.first > 1", true)]
    [InlineData("upper(vars.region) = 'US'", false)]
    [InlineData("trigger.kind = 'manual' and vars.flag", true)]
    public async Task Condition_is_true_or_false_by_variables_and_by_what_earlier_steps_have_left(string when, bool expected)
    {
        var step = (await _project.ReadAsync(Write(when))).Value.Steps[2];

        Run(Loaded).ReadinessOf(step).Readiness.ShouldBe(expected ? StepReadiness.Ready : StepReadiness.Declined);
    }

    [Fact]
    public async Task Step_that_is_left_out_says_the_condition_and_the_values_that_decided()
    {
        var step = (await _project.ReadAsync(Write("steps.load-eu.output.rows > vars.first and steps.load-eu.output.text = 'x'"))).Value.Steps[2];

        Run(Loaded).ReadinessOf(step).ShouldBe((
            StepReadiness.Declined,
            $"not true: steps.load-eu.output.rows > vars.first and steps.load-eu.output.text = 'x', where vars.first is 1, steps.load-eu.output.rows is 5, steps.load-eu.output.text is '\\u001b[31m{new string('a', 94)}…"));
    }

    [Fact]
    public async Task Condition_that_compares_what_cannot_be_compared_has_no_answer()
    {
        var step = (await _project.ReadAsync(Write("steps.load-eu.output.rows = 'five'"))).Value.Steps[2];

        var (readiness, why) = Run(Loaded).ReadinessOf(step);

        readiness.ShouldBe(StepReadiness.Undecided);
        why.ShouldBe("steps.load-eu.output.rows = 'five': no answer, for it compares a number (field 'steps.load-eu.output.rows') with a text");
    }

    [Fact]
    public async Task Step_whose_status_the_condition_asks_for_may_have_failed_and_others_may_not()
    {
        var onFailure = (await _project.ReadAsync(Write("steps.pause.status = 'failed'"))).Value.Steps[2];
        var onOutput = (await _project.ReadAsync(Write("steps.load-eu.output.rows is null"))).Value.Steps[2];
        var failed = Run(Loaded with { Status = StepStatus.Failed, Output = null });

        failed.ReadinessOf(onOutput).ShouldBe((StepReadiness.LeftOut, "load-eu"));
        failed.ReadinessOf(onFailure).ShouldBe((StepReadiness.LeftOut, "load-eu"));
        (await _project.ReadAsync(Write("steps.load-eu.status = 'failed'"))).Value.Steps[2].ShouldSatisfyAllConditions(step => failed.ReadinessOf(step).Readiness.ShouldBe(StepReadiness.Ready));
    }

    [Fact]
    public async Task Step_of_a_matrix_asks_for_its_own_value()
    {
        var pipeline = (await _project.ReadAsync("""
            name: p
            steps:
              - id: a
                matrix: { region: [eu, us] }
                when: matrix.region != 'us'
                noop: {}
            """)).Value;

        var run = Run(Loaded);
        pipeline.Steps.Select(step => (step.Id, run.ReadinessOf(step).Readiness)).ShouldBe([("a-eu", StepReadiness.Ready), ("a-us", StepReadiness.Declined)]);
    }

    [Theory]
    [InlineData("steps.nobody.status = 'failed'", "FX1016@15:11")]
    [InlineData("steps.later.status = 'failed'", "FX1015@15:11")]
    [InlineData("steps.report.status = 'failed'", "FX1015@15:11")]
    [InlineData("steps.pause.output.x = 1", "FX1015@15:11")]
    [InlineData("steps.load-eu.outputs = 1", "FX1015@15:11")]
    [InlineData("steps.load-eu = 1", "FX1015@15:11")]
    [InlineData("vars.nothing = 1", "FX1015@15:11")]
    [InlineData("matrix.region = 'eu'", "FX1015@15:11")]
    [InlineData("env.HOME = '/root'", "FX1015@15:11")]
    [InlineData("secret.key = 'x'", "FX1015@15:11")]
    [InlineData("vars.first = 1 or", "FX1012@15:11")]
    [InlineData("vars.first = 'a' 'b'", "FX1012@15:11")]
    [InlineData("vars.first + 1", "FX1012@15:11")]
    [InlineData("first > 1", "FX1012@15:11")]
    [InlineData("1 = 1", "FX1012@15:11")]
    [InlineData("${vars.first} > 1", "FX1012@15:11")]
    public async Task Condition_that_cannot_be_asked_is_refused_at_its_place(string when, string place) => (await _project.ReadAsync(Write(when))).ShouldFailAt(place);

    [Fact]
    public async Task Condition_that_does_not_parse_tells_what_is_wrong_and_where() =>
        (await _project.ReadAsync(Write("vars.first = = 1"))).Errors.ShouldHaveSingleItem().Message.ShouldBe("'when' goes wrong at character 14: '=' is here where a field, a value or '(' is wanted");

    private static StepState Loaded { get; } = new(
        "load-eu",
        StepStatus.Succeeded,
        1,
        StepTally.Nothing with { Records = new Dictionary<string, long>(StringComparer.Ordinal) { ["orders"] = 4, ["order-lines"] = 3 } },
        null,
        null,
        null)
    {
        Output = JsonElement.Parse($$"""{"rows":5,"day":{"name":"monday"},"text":"\u001b[31m{{new string('a', 500)}}"}"""),
    };

    private static RunState Run(StepState load) => RunState.Empty with
    {
        Status = RunStatus.Running,
        Steps = [load, new StepState("pause", StepStatus.Succeeded, 1, StepTally.Nothing, null, null, null), new StepState("report", StepStatus.Pending, 0, StepTally.Nothing, null, null, null)],
    };

    private static string Write(string when) =>
        $$"""
        name: p
        vars: { region: eu, first: 1, flag: true }
        grants: { report: { read: [.] } }
        steps:
          - id: load-eu
            task: { plugin: report, input: { path: . } }
          - id: pause
            needs: [load-eu]
            noop: {}
          - id: report
            needs: [load-eu, pause]
            task:
              plugin: report
              input: { path: . }
            when: "{{when}}"
          - id: later
            noop: {}
        """;
}
