using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Infrastructure.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Remote;

/// <summary>Asks services by FlexCore's REST API: each by one client for all of this process, with its breaker and its connections.</summary>
internal sealed class RemotePlugins(TimeProvider time) : IRemotePlugins, IAsyncDisposable
{
    private const int LinesAtOnce = 50;
    private const int LongestMessage = 2000;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    // Lines of 64 KiB, and an output of 1 MiB, as they may be escaped.
    private const long MostAnswerBytes = 32L << 20;

    private readonly ConcurrentDictionary<Uri, Lazy<HttpServiceClient>> _clients = [];

    /// <inheritdoc/>
    public async Task<Guid> StartAsync(RemoteAccess at, string plugin, JsonElement input, IReadOnlyList<string> args, string key, CancellationToken cancellationToken)
    {
        var call = HttpCall.Json(HttpMethod.Post, $"api/v1/plugins/{plugin}/execute", new RemoteStart(input, args), RemoteJson.Default.RemoteStart) with { IdempotencyKey = key };
        return (await AskAsync(at, call, cancellationToken)).Read(RemoteJson.Default.RemoteStarted).RunId;
    }

    /// <inheritdoc/>
    public async Task<RemoteRun> ReadAsync(RemoteAccess at, Guid run, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(at, new HttpCall(HttpMethod.Get, $"api/v1/runs/{run}"), cancellationToken);
        var document = answer.Read(RemoteJson.Default.RemoteRunDocument);
        if (document.RunId != run) throw new FlexCoreException(new Error(ErrorCodes.SystemRequestRefused, $"{Name(at.Address)}: it was asked for run {run}, and tells of another one"));
        var step = document.Steps.Count > 0 ? document.Steps[0] : null;
        var process = step?.Plugins is [.., var last] ? last : null;
        return new RemoteRun(
            StatusOf(document.Status), IsolationOf(document.Isolation.Level), process is null ? null : OutcomeOf(process.Outcome), process?.ExitCode, process?.CpuMs ?? 0, process?.PeakMemoryBytes ?? 0,
            step?.Error?.Code, (step?.Error?.Message ?? document.Reason) is { } message ? Cut(message) : null, step?.Output);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ReadLogAsync(RemoteAccess at, Guid run, int passed, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(at, new HttpCall(HttpMethod.Get, $"api/v1/runs/{run}/logs?limit={LinesAtOnce}{(passed > 0 ? $"&after={passed}" : "")}"), cancellationToken);
        return [.. answer.Read(RemoteJson.Default.RemoteLog).Items.Select(line => line.Message)];
    }

    /// <inheritdoc/>
    public async Task CancelAsync(RemoteAccess at, Guid run, string reason, CancellationToken cancellationToken)
    {
        // What has ended is not to be cancelled any more: 409.
        var call = HttpCall.Json(HttpMethod.Post, $"api/v1/runs/{run}/cancel", new RemoteCancel(reason), RemoteJson.Default.RemoteCancel) with { IdempotencyKey = $"cancel {run}" };
        await AskAsync(at, call, cancellationToken, HttpStatusCode.Conflict);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values) await client.Value.DisposeAsync();
    }

    private async Task<HttpAnswer> AskAsync(RemoteAccess at, HttpCall call, CancellationToken cancellationToken, HttpStatusCode? alsoFine = null)
    {
        var client = _clients.GetOrAdd(at.Address, address => new Lazy<HttpServiceClient>(() => Create(address))).Value;
        var answer = await client.SendAsync(call with { Headers = [new("Authorization", $"Bearer {at.Token}"), new("traceparent", at.TraceParent)] }, cancellationToken);
        return answer.IsSuccess || answer.Status == alsoFine ? answer : throw new FlexCoreException(Refusal(at.Address, answer));
    }

    private HttpServiceClient Create(Uri address) =>
        new(Name(address), new HttpOptions { Addresses = [address.ToString()], Timeout = Timeout, MaxAnswerBytes = MostAnswerBytes }, NullLoggerFactory.Instance, time);

    private static string Name(Uri address) => address.Authority;

    private static Error Refusal(Uri address, HttpAnswer answer)
    {
        var problem = ReadProblem(answer);
        var said = problem is { Code: { } code } ? $"error[{code}] {problem.Detail ?? problem.Title}" : "not as a FlexCore server does";
        var kind = answer.Status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ErrorCodes.SystemAccessRefused,

            // The same request, which is still under way: its answer will be there.
            HttpStatusCode.Conflict when problem?.Code is { } id && ErrorCodes.Find(id) == ErrorCodes.RequestUnderWay => ErrorCodes.SystemBusy,
            _ => ErrorCodes.SystemRequestRefused,
        };
        return new Error(kind, $"{Name(address)} answers with HTTP {(int)answer.Status}, {Cut(said)}");
    }

    private static RemoteProblem? ReadProblem(HttpAnswer answer)
    {
        if (answer.ContentType is not "application/problem+json") return null;
        try
        {
            return JsonSerializer.Deserialize(answer.Body.Span, RemoteJson.Default.RemoteProblem);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Fit for messages and logs: the service may say anything.</summary>
    private static string Cut(string text) => Printable.Escape(text.Length > LongestMessage ? $"{text[..LongestMessage]}…" : text);

    private static RunStatus StatusOf(string status) => status switch
    {
        "queued" => RunStatus.Queued,
        "running" => RunStatus.Running,
        "succeeded" => RunStatus.Succeeded,
        "cancelled" => RunStatus.Cancelled,
        "interrupted" => RunStatus.Interrupted,
        _ => RunStatus.Failed,
    };

    // What is not known is taken for the worst.
    private static IsolationLevel IsolationOf(string level) => level switch { "sandbox" => IsolationLevel.Sandbox, "process" => IsolationLevel.Process, _ => IsolationLevel.None };

    private static PluginOutcome OutcomeOf(string outcome) => outcome switch
    {
        "succeeded" => PluginOutcome.Succeeded,
        "protocol" => PluginOutcome.Protocol,
        "signal" => PluginOutcome.Signal,
        "timeout" => PluginOutcome.Timeout,
        "idle-timeout" => PluginOutcome.IdleTimeout,
        "out-of-memory" => PluginOutcome.OutOfMemory,
        "limit" => PluginOutcome.Limit,
        "sandbox-failed" => PluginOutcome.SandboxFailed,
        "cancelled" => PluginOutcome.Cancelled,
        _ => PluginOutcome.ExitCode,
    };
}
