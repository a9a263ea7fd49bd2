using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace FlexCore.Server.Benchmarks;

/// <summary>Requests, steadily or as fast as can be.</summary>
internal static class Load
{
    private const int Reads = 500;
    private const int Starts = 50;
    private const int Connections = 32;

    private static readonly string[] Paths = ["/api/v1/pipelines", "/api/v1/runs?limit=20", "/api/v1/pipelines/two", "/api/v1/nodes", "/api/v1/runs/latest"];

    public static async Task MixedAsync(Uri server, string[] tokens, TimeSpan length)
    {
        using var client = Client(server);
        using (var first = Start(tokens[0]))
        using (var started = await client.SendAsync(first)) started.EnsureSuccessStatusCode();
        var (reads, starts) = (new List<double>(), new List<double>());
        var (reading, starting) = (SendSteadilyAsync(Reads, length, i => Get(Paths[i % Paths.Length], tokens[i % tokens.Length]), client, reads), SendSteadilyAsync(Starts, length, i => Start(tokens[i % tokens.Length]), client, starts));
        await Task.WhenAll(reading, starting);
        Console.WriteLine($"{Reads} reads/s: {Percentiles(reads)}; {Starts} starts/s: {Percentiles(starts)}");
    }

    public static async Task MostAsync(Uri server, string[] tokens, TimeSpan length, string path)
    {
        using var client = Client(server);
        var (count, bytes, began) = (0L, 0L, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async number =>
        {
            for (var i = number; began.Elapsed < length; i++)
            {
                using var request = Get(path, tokens[i % tokens.Length]);
                using var response = (await client.SendAsync(request)).EnsureSuccessStatusCode();
                Interlocked.Add(ref bytes, (await response.Content.ReadAsByteArrayAsync()).Length);
                Interlocked.Increment(ref count);
            }
        }));
        Console.WriteLine($"{(count / began.Elapsed.TotalSeconds).ToString("0", CultureInfo.InvariantCulture)} GET/s of {bytes / count} bytes");
    }

    public static string Percentiles(List<double> times)
    {
        times.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{times.Count}: p50 {At(0.5):0.0} ms, p95 {At(0.95):0.0} ms, p99 {At(0.99):0.0} ms");

        double At(double part) => times[Math.Min((int)(times.Count * part), times.Count - 1)];
    }

    public static HttpClient Client(Uri server) => new(new SocketsHttpHandler { MaxConnectionsPerServer = 2000 }) { BaseAddress = server, Timeout = TimeSpan.FromMinutes(5) };

    public static HttpRequestMessage Start(string token, string pipeline = "two")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/runs") { Content = new StringContent($$"""{"pipeline":"{{pipeline}}"}""", Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    public static HttpRequestMessage Get(string path, string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    private static async Task SendSteadilyAsync(int rate, TimeSpan length, Func<int, HttpRequestMessage> make, HttpClient client, List<double> times)
    {
        var (began, answers) = (Stopwatch.StartNew(), new List<Task>());
        for (var i = 0; i < rate * length.TotalSeconds; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / rate);
            if (due > began.Elapsed) await Task.Delay(due - began.Elapsed);
            answers.Add(SendAsync(make(i), due));
        }

        await Task.WhenAll(answers);

        async Task SendAsync(HttpRequestMessage request, TimeSpan due)
        {
            using (request)
            using (var response = (await client.SendAsync(request)).EnsureSuccessStatusCode())
            {
                await response.Content.ReadAsByteArrayAsync();
                lock (times) times.Add((began.Elapsed - due).TotalMilliseconds);
            }
        }
    }
}
