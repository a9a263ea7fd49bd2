namespace FlexCore.EndToEnd;

/// <summary>Pipelines that run for each file that arrives.</summary>
public sealed class FileTriggerTests
{
    [Fact]
    public async Task Each_file_has_one_run_over_restarts_and_another_one_when_it_has_changed()
    {
        using var project = Project().Write("inbox/there-before.csv", "a").Write("inbox/.hidden.csv", "a").Write("inbox/other.txt", "a");
        (await project.FlexCoreAsync("pipeline", "apply", "-f", ".")).ShouldExitWith(0);
        await using (var node = project.StartFlexCore("serve"))
        {
            await WaitForAsync(project, "there-before.csv");
            project.Write("inbox/first.csv", "a");
            await WaitForAsync(project, "there-before.csv", "first.csv");
            await node.SignalAsync("KILL");
        }

        project.Write("inbox/second.csv", "a");
        await using var next = project.StartFlexCore("serve");
        await WaitForAsync(project, "there-before.csv", "first.csv", "second.csv");
        project.Write("inbox/first.csv", "changed");
        await WaitForAsync(project, "there-before.csv", "first.csv", "second.csv", "first.csv");
        await next.SignalAsync("TERM");
        (await next.EndAsync()).ShouldExitWith(0).Error.ShouldNotContain("warning");
    }

    [Fact]
    public async Task File_that_is_still_written_starts_nothing_and_a_task_gets_its_path()
    {
        using var project = Project();
        Directory.CreateDirectory(project.PathOf("inbox"));
        (await project.FlexCoreAsync("pipeline", "apply", "-f", ".")).ShouldExitWith(0);
        await using var node = project.StartFlexCore("serve");
        await using (var file = new StreamWriter(project.PathOf("inbox/slow.csv")) { AutoFlush = true })
        {
            // Longer than a node takes to see one that rests.
            for (var i = 0; i < 50; i++)
            {
                await file.WriteLineAsync("more");
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }

            (await SourcesAsync(project)).ShouldBeEmpty();
        }

        await WaitForAsync(project, "slow.csv");
        await node.SignalAsync("TERM");
        (await node.EndAsync()).ShouldExitWith(0);
    }

    private static TestProject Project() => new TestProject().Write(
        "pipeline.yaml",
        """
        name: arrivals
        concurrency: unlimited
        triggers: [{ file: "./inbox/*.csv" }]
        steps: [{ id: a, noop: {} }]
        """);

    private static Task WaitForAsync(TestProject project, params string[] files) => Until.TrueAsync(
        async () => (await SourcesAsync(project)).SequenceEqual(files.Select(file => project.PathOf($"inbox/{file}")), StringComparer.Ordinal), $"runs of {string.Join(", ", files)}");

    private static async Task<List<string?>> SourcesAsync(TestProject project) =>
        [.. (await project.FlexCoreAsync("events", "list", "--type", "PipelineQueued", "--json")).Json.EnumerateArray().Select(item => item.GetProperty("data").GetProperty("trigger").GetProperty("source").GetString())];
}
