using System.Text.Json;

namespace FlexCore.EndToEnd.Nodes;

/// <summary>Runs of pipelines of all kinds, and what must be true of them in the end, whatever happened to the nodes.</summary>
internal sealed class Workload(Cluster cluster)
{
    private const int Rows = 100_000;
    private const int AtOnce = 4;
    private const string Patient = "patient";

    /// <summary>Leaves a mark for each attempt, then works for a while; a patient one until it is let go.</summary>
    private const string Job =
        """
        import json, os, random, sys, time
        context = json.load(sys.stdin)
        folder = context["input"]["path"]
        open(os.path.join(folder, f"{context['run_id']}.{context['step']}.{context['attempt']}.begun"), "x").close()
        if context["pipeline"] == "patient":
            while not os.path.exists(os.path.join(folder, "go")): time.sleep(0.02)
        else:
            time.sleep(random.uniform(0.2, 2))
        open(os.path.join(folder, f"{context['run_id']}.{context['step']}.{context['attempt']}.done"), "x").close()
        """;

    private static readonly string[] Ends = ["PipelineCompleted", "PipelineFailed", "PipelineCancelled", "PipelineInterrupted"];

    private readonly Dictionary<Guid, string> _runs = [];
    private readonly HashSet<Guid> _cancelled = [];

    public static bool IsLong => Environment.GetEnvironmentVariable("FLEXCORE_LONG") is not null;

    /// <summary>50 in the long form.</summary>
    private static (int Syncs, int Jobs, int Chains) Count => IsLong ? (14, 22, 14) : (3, 6, 5);

    /// <summary>The short form of a number, or the long one.</summary>
    public static int Times(int shortForm, int longForm) => IsLong ? longForm : shortForm;

    /// <summary>Writes the pipelines, and has them recorded.</summary>
    public async Task RecordAsync()
    {
        var project = cluster.Project;
        foreach (var plugin in new[] { "tap-csv", "target-jsonl" }) CopyPlugin(plugin);
        project.Plugin("job", "task", Job, "capabilities: { write: [\"${input.path}\"] }").Write("marks/README", "What the jobs have done.\n");
        project.Write("rows.csv", "id,name\n" + string.Concat(Enumerable.Range(1, Rows).Select(id => $"{id},name {id}\n")));
        project.Write("chain.yaml", "name: chain\nconcurrency: unlimited\nsteps:\n  - { id: a, noop: {} }\n  - { id: b, needs: [a], noop: {} }\n  - { id: c, needs: [b], noop: {} }\n");
        foreach (var name in new[] { "jobs", Patient })
        {
            project.Write(
                $"{name}.yaml",
                $$"""
                name: {{name}}
                concurrency: unlimited
                grants: { job: { write: [./marks] } }
                steps:
                  - { id: first, task: { plugin: job, input: { path: ./marks } } }
                  - { id: between, needs: [first], noop: {} }
                  - { id: second, needs: [between], task: { plugin: job, input: { path: ./marks } } }
                """);
        }

        foreach (var name in Syncs)
        {
            project.Write(
                $"{name}.yaml",
                $$"""
                name: {{name}}
                grants: { tap-csv: { read: [./rows.csv] }, target-jsonl: { write: [./out/{{name}}] } }
                steps:
                  - id: load
                    sync:
                      from: { plugin: tap-csv, config: { path: ./rows.csv, keys: [id] } }
                      to: { plugin: target-jsonl, config: { path: ./out/{{name}} } }
                """);
        }

        // The first alone: it makes the tables.
        var files = new[] { "chain", "jobs", Patient }.Concat(Syncs).ToList();
        foreach (var some in new[] { files[..1], files[1..] })
            await EachAsync(some, async name => (await cluster.FlexCoreAsync("run", $"{name}.yaml", "--dry-run", "--quiet")).ShouldExitWith(0));
    }

    /// <summary>Puts runs of all kinds into the queue, in any order.</summary>
    public async Task StartRunsAsync(Random random)
    {
        List<string> wanted = [.. Syncs, .. Enumerable.Repeat("jobs", Count.Jobs), .. Enumerable.Repeat("chain", Count.Chains)];
        var order = wanted.ToArray();
        random.Shuffle(order);
        await EachAsync(order, async name => await StartAsync(name));
    }

    /// <summary>How many runs were put into the queue.</summary>
    public int Started
    {
        get
        {
            lock (_runs) return _runs.Count;
        }
    }

    /// <summary>Puts runs into the queue that do not end before they are let go.</summary>
    public async Task<IReadOnlyList<Guid>> StartPatientRunsAsync(int count)
    {
        var runs = new List<Guid>();
        for (var i = 0; i < count; i++) runs.Add(await StartAsync(Patient));
        return runs;
    }

    public void LetGo() => cluster.Project.Write("marks/go", "");

    /// <summary>Whether an attempt of a step of each of these runs has begun.</summary>
    public bool HaveBegun(IEnumerable<Guid> runs, int attempt = 1) => runs.All(run => File.Exists(cluster.Project.PathOf($"marks/{run}.first.{attempt}.begun")));

    /// <summary>How many attempts of first steps have begun, whoever has started the run.</summary>
    public int CountBegun() => Directory.EnumerateFiles(cluster.Project.PathOf("marks"), "*.first.*.begun").Count();

    public async Task CancelAsync(Guid run)
    {
        (await cluster.FlexCoreAsync("runs", "cancel", run.ToString(), "--reason", "the test wants it")).ShouldExitWith(0);
        _cancelled.Add(run);
    }

    /// <summary>All runs have ended, each once, as they had to; no step was done twice; no bookmark went back; no row is missing.</summary>
    /// <returns>How many runs were gone on with by another node.</returns>
    public async Task<int> ShouldBeDoneAsync()
    {
        (await cluster.CountOpenAsync()).ShouldBe(0);
        var events = (await ReadEventsAsync("run")).Where(item => item.Stream[4..] is var id && _runs.ContainsKey(Guid.Parse(id))).GroupBy(item => Guid.Parse(item.Stream[4..])).ToDictionary(run => run.Key, run => run.ToList());
        var resumed = events.Values.Sum(run => run.Count(item => item.Type == "RunResumed"));
        foreach (var (run, pipeline) in _runs)
        {
            var history = events[run];
            var told = $"{pipeline} {run}: {string.Join(' ', history.Select(item => item.Type))}\n{history[^1].Data}";
            history[^1].Type.ShouldBe(_cancelled.Contains(run) ? "PipelineCancelled" : "PipelineCompleted", told);
            history.Count(item => Ends.Contains(item.Type)).ShouldBe(1, told);
            history.Count(item => item.Type == "PipelineStarted").ShouldBeLessThanOrEqualTo(1, told);
            history.Where(item => item.Type == "StepSucceeded").GroupBy(item => item.Data.GetProperty("step").GetString()).ShouldAllBe(step => step.Count() == 1, told);
            history.ShouldNotContain(item => item.Type == "StepFailed" && !_cancelled.Contains(run), told);
            if (pipeline == "jobs") MarksShouldBeThere(run);
        }

        // Runs of a sync follow each other, and find what is new.
        foreach (var runs in _runs.Where(run => run.Value.StartsWith("sync", StringComparison.Ordinal)).GroupBy(run => run.Value, run => run.Key))
            RowsShouldBeThere(runs.Key, runs.Sum(run => events[run].Count(item => item.Type == "StepStarted")));

        foreach (var stream in (await ReadEventsAsync("state")).GroupBy(item => item.Stream))
        {
            var bookmarks = stream.Select(item => item.Data.GetProperty("value").GetProperty("bookmarks").GetProperty("rows").GetProperty("row").GetInt32()).ToList();
            bookmarks.ShouldBeInOrder(SortDirection.Ascending, $"the bookmarks of {stream.Key} never go back");
            bookmarks[^1].ShouldBe(Rows);
        }

        return resumed;
    }

    private static IReadOnlyList<string> Syncs { get; } = [.. Enumerable.Range(1, Count.Syncs).Select(number => $"sync-{number}")];

    private async Task<Guid> StartAsync(string pipeline)
    {
        var run = (await cluster.FlexCoreAsync("pipeline", "start", pipeline, "--json")).ShouldExitWith(0).Json.GetProperty("run_id").GetGuid();
        lock (_runs) _runs.Add(run, pipeline);
        return run;
    }

    private static Task EachAsync(IEnumerable<string> names, Func<string, Task> work) =>
        Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (name, _) => await work(name));

    private void CopyPlugin(string name)
    {
        foreach (var file in Directory.EnumerateFiles(Repository.PathOf("samples", "quickstart", "plugins", name)))
            cluster.Project.Write($"plugins/{name}/{Path.GetFileName(file)}", File.ReadAllText(file));
    }

    /// <summary>Each row whole at least once; just once where nobody had to begin again, and then no half ones: a target that is killed while it writes leaves half a line.</summary>
    private void RowsShouldBeThere(string pipeline, int attempts)
    {
        var lines = File.ReadAllLines(cluster.Project.PathOf($"out/{pipeline}/rows.jsonl"));
        var ids = lines.Select(IdOf).OfType<int>().ToList();
        if (attempts == 1) ids.Count.ShouldBe(lines.Length, pipeline);
        ids.Distinct().Count().ShouldBe(Rows, pipeline);
        ids.Count.ShouldBeInRange(Rows, Rows * attempts, pipeline);
    }

    private static int? IdOf(string line)
    {
        try
        {
            return JsonElement.Parse(line).GetProperty("id").GetInt32();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void MarksShouldBeThere(Guid run)
    {
        foreach (var step in new[] { "first", "second" }) Directory.EnumerateFiles(cluster.Project.PathOf("marks"), $"{run}.{step}.*.done").ShouldNotBeEmpty($"{run} {step}");
    }

    private async Task<List<(string Stream, string Type, JsonElement Data)>> ReadEventsAsync(string category)
    {
        var events = (await cluster.FlexCoreAsync("events", "list", "--json", "--limit", "1000000", "--category", category)).ShouldExitWith(0).Json;
        return [.. events.EnumerateArray().Select(item => (item.GetProperty("stream").GetString()!, item.GetProperty("type").GetString()!, item.GetProperty("data")))];
    }
}
