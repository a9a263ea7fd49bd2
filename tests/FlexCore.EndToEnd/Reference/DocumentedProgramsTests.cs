namespace FlexCore.EndToEnd.Reference;

/// <summary>Programs that documents show do what those say, as they stand there.</summary>
public sealed class DocumentedProgramsTests
{
    private static readonly string ReadMe = Repository.PathOf("README.md");
    private static readonly string Grants = Repository.PathOf("docs", "reference", "grants.md");

    [Fact]
    public async Task First_plugin_of_the_README_counts_lines()
    {
        using var project = new TestProject().Write("data/people.csv", "a\nb\nc\nd\ne\n");
        foreach (var block in DocumentedCode.AllOf(ReadMe).Select(block => block.Text).Where(text => text.StartsWith("# ", StringComparison.Ordinal)))
        {
            project.Write(block[2..block.IndexOf('\n', StringComparison.Ordinal)], block);
        }

        (await project.FlexCoreAsync("run", "count.yaml")).ShouldExitWith(0).Error.ShouldContain("count: count-lines: 5 lines\n");
    }

    [Fact]
    public async Task Plugin_that_looks_around_sees_what_the_README_shows()
    {
        var blocks = DocumentedCode.AllOf(ReadMe).ToList();
        var looking = blocks.FindIndex(block => block.Text.StartsWith("import os, socket", StringComparison.Ordinal));
        using var project = new TestProject().Plugin("look", "task", blocks[looking].Text).Write("pipeline.yaml", "name: look\nsteps: [{ id: look, task: { plugin: look } }]\n");

        var seen = (await project.RunAsync()).ShouldExitWith(0).Error.Split('\n').Where(line => line.StartsWith("look: look: ", StringComparison.Ordinal));

        seen.ShouldBe(blocks[looking + 1].Text.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Hash_of_an_effective_grant_is_computed_from_its_event()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync("--grant", "all")).ShouldExitWith(0);
        var started = (await project.EventsAsync("--type", "PluginExecutionStarted"))[0];
        var shown = (await project.FlexCoreAsync("events", "show", started.GetProperty("position").ToString(), "--json")).ShouldExitWith(0).Output;

        var hash = (await Command.RunAsync("/usr/bin/python3", ["-c", DocumentedCode.BlocksOf(Grants, "python").ShouldHaveSingleItem()], project.Folder, input: shown)).ShouldExitWith(0).Output;

        hash.Trim().ShouldBe(started.GetProperty("data").GetProperty("grant_hash").GetString());
    }

    [Fact]
    public void These_are_all() =>
        DocumentedCode.Documents().Where(file => DocumentedCode.BlocksOf(file, "python").Any()).ShouldBe([ReadMe, Grants], ignoreOrder: true);
}
