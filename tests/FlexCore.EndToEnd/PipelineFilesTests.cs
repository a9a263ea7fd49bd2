using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>Pipelines taken over from files, compared with them, and given back as files.</summary>
public sealed class PipelineFilesTests
{
    public static TheoryData<string> Samples => [.. Directory.EnumerateFiles(Repository.PathOf("samples"), "pipeline.yaml", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Repository.PathOf("samples"), Path.GetDirectoryName(file)!))];

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Every_sample_that_was_applied_comes_back_as_a_file_that_changes_nothing(string sample)
    {
        using var project = new TestProject();
        (await Command.RunAsync("cp", ["-r", Repository.PathOf("samples", sample) + "/.", project.Folder], project.Folder)).ShouldExitWith(0);
        var name = (await project.FlexCoreAsync("pipeline", "apply", "-f", "pipeline.yaml", "--json")).ShouldExitWith(0).Json.GetProperty("pipelines")[0].GetProperty("name").GetString()!;

        project.Write("pipeline.yaml", (await project.FlexCoreAsync("pipeline", "export", name)).ShouldExitWith(0).Output);

        (await project.FlexCoreAsync("pipeline", "apply", "-f", "pipeline.yaml")).ShouldExitWith(0).Output.ShouldContain("1 unchanged");
        (await project.FlexCoreAsync("pipeline", "diff", "pipeline.yaml")).ShouldExitWith(0).Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Folder_of_pipelines_is_planned_applied_revised_and_pruned()
    {
        using var project = new TestProject().Write("flexcore.yaml", "").Write("pipelines/a.yaml", Noop("a")).Write("pipelines/b.yml", Noop("b"));

        (await project.FlexCoreAsync("pipeline", "apply", "-f", "pipelines", "--dry-run")).ShouldExitWith(0).Output.ShouldBe("+ a  created: version 1, active\n+ b  created: version 1, active\n2 created: this is a plan, and nothing was done\n");
        (await project.FlexCoreAsync("pipeline", "apply", "-f", "pipelines")).ShouldExitWith(0);
        (await project.FlexCoreAsync("pipeline", "pause", "a")).ShouldExitWith(0);
        project.Write("pipelines/a.yaml", Noop("a") + "  - { id: more, noop: {} }\n");
        File.Delete(project.PathOf("pipelines/b.yml"));

        (await project.FlexCoreAsync("pipeline", "apply", "-f", "pipelines", "--prune", "--dry-run")).ShouldExitWith(0).Output.ShouldContain("    +  - id: more\n");
        (await project.FlexCoreAsync("pipeline", "apply", "-f", "pipelines", "--prune")).ShouldExitWith(0).Output.ShouldBe("~ a  revised: version 1 → 2, paused\n- b  archived: version 1, active → archived\n1 revised, 1 archived\n");
        (await project.FlexCoreAsync("pipeline", "apply", "-f", "pipelines", "--prune")).ShouldExitWith(0).Output.ShouldBe("  a  unchanged: version 2, paused\n1 unchanged\n");
    }

    [Fact]
    public async Task Every_error_of_every_file_is_told_and_nothing_is_applied()
    {
        using var project = new TestProject().Sync().Write("bad.yaml", "name: bad\nsteps:\n  - { id: a, nop: {} }\n").Write("good.yaml", Noop("good"))
            .Write("plugins/tap/config.schema.json", """{"properties":{"password":{"writeOnly":true}}}""")
            .Plugin("tap", "tap", TestProject.SmallTap, "config: config.schema.json");
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile).Replace("{ plugin: tap }", "{ plugin: tap, config: { password: hunter2 } }", StringComparison.Ordinal));

        var refused = (await project.FlexCoreAsync("pipeline", "apply", "-f", ".")).ShouldExitWith(2);

        refused.Error.ShouldContain("error[FX1010]: ./bad.yaml:3:");
        refused.Error.ShouldContain("error[FX1037]: ./pipeline.yaml:6:");
        refused.Error.ShouldContain("${secret.NAME}");
        (refused.Error + refused.Output).ShouldNotContain("hunter2");
        (await project.FlexCoreAsync("pipeline", "list", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(0);
        (await project.FlexCoreAsync("pipeline", "apply", "-f", "good.yaml", "--prune")).ShouldExitWith(2).Error.ShouldContain("error[FX1001]");
    }

    [Fact]
    public async Task Difference_of_two_versions_is_a_patch_from_one_to_the_other()
    {
        using var project = new TestProject();
        await ApplyAsync(string.Join('\n', Enumerable.Range(0, 40).Select(i => $"  - {{ id: s{i}, noop: {{}} }}")));
        await ApplyAsync(string.Join('\n', Enumerable.Range(0, 40).Where(i => i is not (3 or 20)).Select(i => $"  - {{ id: {(i is 9 or 30 ? "x" : "s")}{i}, noop: {{}} }}")) + "\n  - { id: last, noop: {} }");
        var diff = (await project.FlexCoreAsync("pipeline", "diff", "p", "--from", "1", "--to", "2")).ShouldExitWith(1).Output;
        project.Write("export.yaml", (await project.FlexCoreAsync("pipeline", "export", "p", "--version", "1")).ShouldExitWith(0).Output);

        (await Command.RunAsync("patch", ["--fuzz=0", "export.yaml"], project.Folder, input: diff)).ShouldExitWith(0);

        File.ReadAllText(project.PathOf("export.yaml")).ShouldBe((await project.FlexCoreAsync("pipeline", "export", "p")).ShouldExitWith(0).Output);
        diff.Split('\n').Count(line => line.StartsWith("@@", StringComparison.Ordinal)).ShouldBeGreaterThan(1);
        (await project.FlexCoreAsync("pipeline", "diff", "p", "--from", "2", "--to", "2")).ShouldExitWith(0);
        (await project.FlexCoreAsync("pipeline", "diff", "p", "--to", "3")).ShouldExitWith(2).Error.ShouldContain("has no version 3");

        async Task ApplyAsync(string steps)
        {
            project.Write("pipeline.yaml", $"name: p\nsteps:\n{steps}\n");
            (await project.FlexCoreAsync("pipeline", "apply", "-f", "pipeline.yaml")).ShouldExitWith(0);
        }
    }

    [Fact]
    public async Task Applied_pipeline_runs_on_a_node_from_the_record()
    {
        using var project = new TestProject().Write("pipeline.yaml", Noop("p"));
        (await project.FlexCoreAsync("pipeline", "apply", "-f", "pipeline.yaml")).ShouldExitWith(0);
        (await project.FlexCoreAsync("pipeline", "start", "p")).ShouldExitWith(0);
        await using var node = project.StartFlexCore("serve");

        await Until.TrueAsync(async () => Status((await project.FlexCoreAsync("runs", "list", "--json")).Json) == "succeeded", "the run has ended");
    }

    private static string? Status(JsonElement runs) => runs[0].GetProperty("status").GetString();

    private static string Noop(string name) => $"name: {name}\nsteps:\n  - {{ id: only, noop: {{}} }}\n";
}
