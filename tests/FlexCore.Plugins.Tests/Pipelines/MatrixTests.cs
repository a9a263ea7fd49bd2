namespace FlexCore.Plugins.Tests.Pipelines;

/// <summary>A step over lists of values.</summary>
public sealed class MatrixTests : IDisposable
{
    private readonly Project _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Every_combination_is_a_step_and_whoever_needs_the_step_needs_all()
    {
        var pipeline = (await _project.ReadAsync("""
            name: p
            vars: { sizes: [Small, 2] }
            grants: { report: { read: [.] } }
            steps:
              - id: load
                matrix: { region: [eu, us], size: "${vars.sizes}" }
                task: { plugin: report, args: ["--region", "${matrix.region}"], input: { path: ., size: "${matrix.size}", both: "${matrix.region}/${matrix.size}" } }
              - id: after
                needs: [load]
                noop: {}
            """)).Value;

        pipeline.Steps.Select(step => step.Id).ShouldBe(["load-eu-small", "load-eu-2", "load-us-small", "load-us-2", "after"]);
        pipeline.Steps[^1].Needs.ShouldBe(["load-eu-small", "load-eu-2", "load-us-small", "load-us-2"]);
        var second = pipeline.Steps[1].ShouldBeOfType<FlexCore.Domain.Pipelines.TaskStep>();
        second.Args.ShouldBe(["--region", "eu"]);
        second.Plugin.Settings.GetProperty("size").GetInt32().ShouldBe(2);
        second.Plugin.Settings.GetProperty("both").GetString().ShouldBe("eu/2");
    }

    [Theory]
    [InlineData("matrix: {}", "FX1012")]
    [InlineData("matrix: [a]", "FX1012")]
    [InlineData("matrix: { a: [] }", "FX1012")]
    [InlineData("matrix: { a: 1 }", "FX1012")]
    [InlineData("matrix: { a: [[1]] }", "FX1012")]
    [InlineData("matrix: { a: \"${vars.none}\" }", "FX1015")]
    [InlineData("matrix: { a: [\"a b\"] }", "FX1014")]
    [InlineData("matrix: { a: [x, X] }", "FX1013")]
    [InlineData("matrix: { a: [taken] }", "FX1013")]
    [InlineData("matrix: { a: [1], b: [\"${matrix.a}\"] }", "FX1015")]
    public async Task Matrix_that_makes_no_steps_is_refused(string matrix, string code)
    {
        var result = await _project.ReadAsync($"name: p\nsteps:\n  - id: s\n    noop: {{}}\n    {matrix}\n  - id: s-taken\n    noop: {{}}\n");

        result.Errors.ShouldContain(error => error.Code.Id == code && error.Location!.Line == 5);
    }

    [Fact]
    public async Task More_combinations_than_a_pipeline_may_have_steps_are_refused_before_they_are_made()
    {
        var list = string.Join(", ", Enumerable.Range(0, 100));

        var result = await _project.ReadAsync($"name: p\nsteps:\n  - id: s\n    noop: {{}}\n    matrix: {{ a: [{list}], b: [{list}], c: [{list}], d: [{list}], e: [{list}] }}\n");

        result.Errors.ShouldHaveSingleItem().Message.ShouldContain("more than 1000 combinations");
    }

    [Fact]
    public async Task Value_of_a_matrix_is_nothing_to_a_step_without_one() =>
        (await _project.ReadAsync("name: p\ngrants: { report: { read: [.] } }\nsteps:\n  - id: s\n    task: { plugin: report, input: { path: ., a: \"${matrix.a}\" } }\n")).ShouldFailAt("FX1015@5:50");
}
