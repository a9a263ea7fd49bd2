using System.Diagnostics;
using System.Text.Json;

namespace FlexCore.Testing;

/// <summary>A collector of the tests' own on loopback that takes OTLP, read by OpenTelemetry's own messages of npm. See collector.mjs.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Folder = Repository.PathOf("tests", "Shared", "otlp");

    private readonly Process _process;

    private OtlpReceiver(Process process, JsonElement addresses) => (_process, Http, Grpc) = (process, addresses.GetProperty("http").GetString()!, addresses.GetProperty("grpc").GetString()!);

    /// <summary>Where it takes OTLP over HTTP.</summary>
    public string Http { get; }

    /// <summary>Where it takes OTLP by gRPC.</summary>
    public string Grpc { get; }

    public static async Task<OtlpReceiver> StartAsync()
    {
        await NpmPackages.InstallAsync(Folder);
        var process = Process.Start(new ProcessStartInfo("node", [Path.Combine(Folder, "collector.mjs")]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        process.BeginErrorReadLine();
        return new OtlpReceiver(process, JsonElement.Parse((await process.StandardOutput.ReadLineAsync().WaitAsync(Patience)).ShouldNotBeNull("the collector has not started")));
    }

    /// <summary>What it has been sent so far: <c>spans</c>, <c>logs</c>, and the <c>headers</c> that authorize.</summary>
    public async Task<JsonElement> ReadAsync()
    {
        await _process.StandardInput.WriteLineAsync("read");
        return JsonElement.Parse((await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience)).ShouldNotBeNull("the collector has ended"));
    }

    /// <summary>The spans that it has been sent so far.</summary>
    public async Task<IReadOnlyList<ReceivedSpan>> SpansAsync() => [.. (await ReadAsync()).GetProperty("spans").EnumerateArray().Select(span => new ReceivedSpan(
        span.GetProperty("name").GetString()!, span.GetProperty("trace").GetString()!, span.GetProperty("span").GetString()!, span.GetProperty("parent").GetString()!, span.GetProperty("failed").GetBoolean(), span.GetProperty("attributes")))];

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.Dispose();
    }
}

/// <summary>A span as it was sent.</summary>
internal sealed record ReceivedSpan(string Name, string Trace, string Id, string Parent, bool Failed, JsonElement Attributes);
