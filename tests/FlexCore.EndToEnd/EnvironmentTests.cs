namespace FlexCore.EndToEnd;

/// <summary>One pipeline in several environments.</summary>
public sealed class EnvironmentTests
{
    private const string Settings =
        """
        vars: { who: nobody }
        environments:
          dev: { vars: { who: dev } }
          prod: { vars: { who: prod } }
        """;

    private const string Telling = "import json, sys\nprint('I am', json.load(sys.stdin)['vars']['who'])";

    [Fact]
    public async Task Environment_gives_its_variables_and_is_on_record()
    {
        using var project = new TestProject().Task(Telling).Write("flexcore.yaml", Settings);

        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("I am nobody");
        (await project.RunAsync("--env", "prod")).ShouldExitWith(0).Error.ShouldContain("I am prod");
        project.Variables["FLEXCORE__VARS__WHO"] = "somebody";
        (await project.RunAsync("--env", "prod")).ShouldExitWith(0).Error.ShouldContain("I am somebody");
        (await project.RunAsync("--env", "prod", "--set", "who=me")).ShouldExitWith(0).Error.ShouldContain("I am me");

        (await project.FlexCoreAsync("runs", "show", "latest", "--env", "prod", "--json")).ShouldExitWith(0).Json.GetProperty("environment").GetString().ShouldBe("prod");
        (await project.FlexCoreAsync("runs", "show", "latest", "--env", "prod")).ShouldExitWith(0).Output.ShouldContain("environment prod\n");
        (await project.EventsAsync("--type", "PipelineStarted", "--env", "prod"))[0].GetProperty("data").GetProperty("environment").GetString().ShouldBe("prod");
    }

    [Fact]
    public async Task State_runs_secrets_and_plugins_of_environments_are_never_mixed()
    {
        using var project = new TestProject().Sync().Write("flexcore.yaml", Settings);
        (await project.RunAsync("--env", "dev")).ShouldExitWith(0);
        (await project.FlexCoreAsync("plugin", "add", "plugins/tap", "--env", "dev")).ShouldExitWith(0);
        (await project.FlexCoreAsync("plugin", "grant", "tap", "--all", "--environment", "dev")).ShouldExitWith(0);

        (await project.FlexCoreAsync("state", "get", "p", "--env", "dev")).ShouldExitWith(0);
        (await project.FlexCoreAsync("state", "get", "p", "--env", "prod")).ShouldExitWith(2).Error.ShouldContain("there is no data directory");
        (await project.FlexCoreAsync("state", "get", "p")).ShouldExitWith(2);
        (await project.RunAsync("--env", "prod")).ShouldExitWith(0);
        (await project.FlexCoreAsync("runs", "list", "--env", "prod", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(1);
        (await project.FlexCoreAsync("plugin", "list", "--env", "prod")).ShouldExitWith(0).Output.ShouldNotContain("1.0.0");
        Directory.GetDirectories(project.PathOf(".flexcore/environments")).Select(Path.GetFileName).ShouldBe(["dev", "prod"], ignoreOrder: true);
    }

    [Fact]
    public async Task Plugin_of_one_environment_sees_nothing_of_another()
    {
        using var project = new TestProject().Write("flexcore.yaml", Settings).Write("data/x", "").Task(
            "import os\nprint('sees', sorted(os.path.join(a, f) for a, _, fs in os.walk('/') for f in fs if f == 'flexcore.db'))",
            "capabilities: { read: [\"${input.path}\"] }",
            "{ plugin: job, input: { path: . } }");
        (await project.RunAsync("--env", "dev", "--grant", "all", "--data", "data")).ShouldExitWith(0);

        (await project.RunAsync("--env", "prod", "--grant", "all", "--data", "data")).ShouldExitWith(0).Error.ShouldContain("sees []");
        project.Write("pipeline.yaml", "name: p\nsteps:\n  - id: job\n    task: { plugin: job, input: { path: data/environments/dev } }\n");
        (await project.RunAsync("--env", "prod", "--grant", "all", "--data", "data")).ShouldExitWith(2).Error.ShouldContain("FX1031");
    }

    [Fact]
    public async Task Unknown_environment_is_one_clear_error_and_makes_nothing()
    {
        using var project = new TestProject().Task(Telling).Write("flexcore.yaml", Settings);
        foreach (var command in (string[])["run pipeline.yaml", "validate pipeline.yaml", "runs list", "secrets list", "doctor"])
        {
            var refused = (await project.FlexCoreAsync([.. command.Split(' '), "--env", "prdo"])).ShouldExitWith(2);
            refused.Error.ShouldContain("there is no environment 'prdo' in");
            refused.Error.ShouldContain("there are: dev, prod");
        }

        Directory.Exists(project.PathOf(".flexcore")).ShouldBeFalse();
    }
}
