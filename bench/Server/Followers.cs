using System.Text.Json;

namespace FlexCore.Server.Benchmarks;

/// <summary>Many who follow one run.</summary>
internal static class Followers
{
    public static async Task RunAsync(Uri server, string token, int followers)
    {
        using var client = Load.Client(server);
        using var start = Load.Start(token, "slow");
        using var started = (await client.SendAsync(start)).EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await started.Content.ReadAsStringAsync());
        var run = answer.RootElement.GetProperty("run_id").GetGuid();
        var times = new List<double>();
        var seen = await Task.WhenAll(Enumerable.Range(0, followers).Select(_ => FollowAsync(client, token, run, times)));
        Console.WriteLine($"{followers} followers, {seen.Min()} to {seen.Max()} events each, of those after all had come: {Load.Percentiles(times)}, longest {times[^1]:0.0} ms");
    }

    private static async Task<int> FollowAsync(HttpClient client, string token, Guid run, List<double> times)
    {
        using var request = Load.Get($"/api/v1/runs/{run}/events", token);
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var response = (await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead)).EnsureSuccessStatusCode();
        var here = TimeProvider.System.GetUtcNow();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var events = 0;
        while (await reader.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            var now = TimeProvider.System.GetUtcNow();
            using var data = JsonDocument.Parse(line["data: ".Length..]);
            var at = data.RootElement.GetProperty("at").GetDateTimeOffset();
            events++;
            if (at > here)
            {
                lock (times) times.Add((now - at).TotalMilliseconds);
            }
        }

        return events;
    }
}
