using System.Text.Json;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Settings;

namespace FlexCore.Plugins.Tests.Pipelines;

/// <summary>Variables that a project gives its pipelines.</summary>
public sealed class ProjectVarsTests : IDisposable
{
    private const string Pipeline = "name: p\nvars: { region: eu, top: 1 }\nsteps:\n  - id: s\n    noop: {}\n";

    private readonly Project _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Value_comes_from_the_file_then_the_project_its_environment_a_variable_and_last_the_command_line()
    {
        const string Settings = "vars: { region: us, added: [1, x] }\nenvironments: { prod: { vars: { region: \"7\", top: 2 } }, dev: }\n";

        (await VarsAsync("", null)).ShouldBe("""{"region":"eu","top":1}""");
        (await VarsAsync(Settings, null)).ShouldBe("""{"region":"us","top":1,"added":[1,"x"]}""");
        (await VarsAsync(Settings, "dev")).ShouldBe("""{"region":"us","top":1,"added":[1,"x"]}""");
        (await VarsAsync(Settings, "prod")).ShouldBe("""{"region":"7","top":2,"added":[1,"x"]}""");
        (await VarsAsync(Settings, "prod", new Setting("vars.top", "3", "FLEXCORE__VARS__TOP"))).ShouldBe("""{"region":"7","top":3,"added":[1,"x"]}""");
        (await VarsAsync(Settings, "prod", null, ("top", "4"))).ShouldBe("""{"region":"7","top":4,"added":[1,"x"]}""");
    }

    [Fact]
    public async Task Variable_of_the_project_can_be_referred_to_where_the_pipeline_has_none()
    {
        _project.Settings = Read("vars: { folder: . }\n", null);

        var result = await _project.ReadAsync("name: p\ngrants: { report: { read: [.] } }\nsteps:\n  - id: s\n    task: { plugin: report, input: { path: \"${vars.folder}\" } }\n");

        result.Value.Steps[0].Plugins[0].Settings.GetProperty("path").GetString().ShouldBe(_project.Folder);
    }

    [Fact]
    public async Task Pipeline_says_in_which_environment_it_was_read()
    {
        _project.Settings = Read("environments: { prod: {} }\n", "prod");

        (await _project.ReadAsync(Pipeline)).Value.Environment.ShouldBe("prod");
    }

    [Fact]
    public void Variables_that_are_no_mapping_are_refused() =>
        ProjectSettings.Read(SettingsFile.Read(_project.Write("flexcore.yaml", "vars: 5\n")).Value).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.UnknownKey);

    private async Task<string> VarsAsync(string settings, string? environment, Setting? variable = null, params (string, string)[] set)
    {
        _project.Settings = Read(settings, environment, variable);
        return JsonSerializer.Serialize((await _project.ReadAsync(Pipeline, set: set)).Value.Vars);
    }

    private ProjectSettings Read(string yaml, string? environment, Setting? variable = null)
    {
        var file = EnvironmentSettings.Choose(SettingsFile.Read(_project.Write("flexcore.yaml", yaml)).Value, environment, "flexcore.yaml").Value;
        return ProjectSettings.Read(variable is null ? file : [.. file, variable], environment).Value;
    }
}
