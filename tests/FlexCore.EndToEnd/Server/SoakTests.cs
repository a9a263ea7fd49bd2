using System.Net;

namespace FlexCore.EndToEnd.Server;

/// <summary>A node that is asked and runs pipelines for ten minutes (<c>--long</c>) needs no more of anything at the end than when it had warmed up.</summary>
public sealed class SoakTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan BetweenSamples = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Node_under_load_needs_no_more_memory_handles_or_threads_after_ten_minutes_and_nothing_fails()
    {
        if (Environment.GetEnvironmentVariable("FLEXCORE_LONG") is null) Assert.Skip("ten minutes: ./test.sh --long");
        await using var database = await PostgresServer.StartAsync();
        var project = new TestProject().Sync().Write("one.yaml", "name: one\nconcurrency: unlimited\nsteps: [{ id: a, noop: {} }, { id: b, noop: {}, needs: [a] }]\n");
        project.Variables["FLEXCORE__STORE__KIND"] = "postgres";
        project.Variables["FLEXCORE__STORE__CONNECTION"] = database.ConnectionString;
        project.Variables["FLEXCORE__LOG__LEVEL"] = "information";
        var server = new ServedProject(project);
        await server.InitializeAsync();
        try
        {
            var samples = new List<Sample>();
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
            ending.CancelAfter(Duration);
            var load = Task.WhenAll([.. Enumerable.Range(0, 4).Select(_ => AskAsync(server, ending.Token)), StartAsync(server, "one", 100, ending.Token), StartAsync(server, "p", 2000, ending.Token), FollowAsync(server, ending.Token)]);
            using var timer = new PeriodicTimer(BetweenSamples);
            try
            {
                while (await timer.WaitForNextTickAsync(ending.Token)) samples.Add(Sample.Of(server.NodeId));
            }
            catch (OperationCanceledException) when (!Token.IsCancellationRequested)
            {
                // Long enough.
            }

            await load;
            TestContext.Current.SendDiagnosticMessage(string.Join('\n', samples));
            var third = samples.Count / 3;
            var (warm, late) = (samples[third..(2 * third)], samples[(2 * third)..]);
            Median(late, sample => sample.MemoryKiB).ShouldBeLessThan(Median(warm, sample => sample.MemoryKiB) * 1.1, string.Join('\n', samples));
            Median(late, sample => sample.Handles).ShouldBeLessThanOrEqualTo(Median(warm, sample => sample.Handles) + 5, string.Join('\n', samples));
            Median(late, sample => sample.Threads).ShouldBeLessThanOrEqualTo(Median(warm, sample => sample.Threads) + 5, string.Join('\n', samples));
            server.Said.Split('\n').Where(line => line.Split(' ').ElementAtOrDefault(1) is "error" or "critical").ShouldBeEmpty();
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static async Task AskAsync(ServedProject server, CancellationToken until)
    {
        string[] paths = ["/api/v1/runs?limit=20", "/api/v1/pipelines", "/api/v1/pipelines/one", "/api/v1/nodes", "/api/v1/events?limit=50", "/health", "/metrics"];
        for (var i = 0; !until.IsCancellationRequested; i++)
        {
            (await server.AskAsync(HttpMethod.Get, paths[i % paths.Length])).Status.ShouldBe(HttpStatusCode.OK);
            await PauseAsync(20, until);
        }
    }

    private static async Task StartAsync(ServedProject server, string pipeline, int every, CancellationToken until)
    {
        while (!until.IsCancellationRequested)
        {
            (await server.AskAsync(HttpMethod.Post, "/api/v1/runs", json: $$"""{"pipeline":"{{pipeline}}"}""")).ShouldBe(HttpStatusCode.Accepted);
            await PauseAsync(every, until);
        }
    }

    private static async Task FollowAsync(ServedProject server, CancellationToken until)
    {
        while (!until.IsCancellationRequested)
        {
            var id = (await server.AskAsync(HttpMethod.Post, "/api/v1/runs", json: """{"pipeline":"one"}""")).ShouldBe(HttpStatusCode.Accepted).Json.GetProperty("run_id").GetString();
            using var request = server.Request(HttpMethod.Get, $"/api/v1/runs/{id}/events");
            request.Headers.Accept.ParseAdd("text/event-stream");
            using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await response.Content.ReadAsStringAsync(Token)).ShouldContain("PipelineCompleted");
        }
    }

    private static async Task PauseAsync(int milliseconds, CancellationToken until) => await Task.Delay(milliseconds, until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static double Median(IReadOnlyList<Sample> samples, Func<Sample, double> of) => samples.Select(of).Order().ElementAt(samples.Count / 2);

    private sealed record Sample(double MemoryKiB, double Handles, double Threads)
    {
        public static Sample Of(int process)
        {
            var status = File.ReadAllLines($"/proc/{process}/status");
            double Figure(string name) => double.Parse(status.Single(line => line.StartsWith($"{name}:", StringComparison.Ordinal)).Split(':')[1].Trim().Split(' ')[0]);
            return new Sample(Figure("VmRSS"), Directory.GetFiles($"/proc/{process}/fd").Length, Figure("Threads"));
        }
    }
}
