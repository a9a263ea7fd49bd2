using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Bus;
using FlexCore.Application.Plugins;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Workers;

/// <summary>
/// Workers that a plugin provides, a task in its sandbox: whatever runs machines has a command line. It is given what is to be done as JSON and leaves the answer as JSON; each time it is asked is a run, on record
/// as any other. As runs of one plugin they are one at a time: what is asked meanwhile waits, behind those of other nodes too.
/// </summary>
/// <param name="bus">Runs the plugin.</param>
/// <param name="plugin">The plugin.</param>
/// <param name="config">What it gets with each thing that it is asked.</param>
/// <param name="project">The folder that paths are relative to.</param>
/// <param name="observer">Told of its runs.</param>
/// <param name="time">The clock.</param>
public sealed class PluginWorkers(MessageBus bus, string plugin, Func<JsonElement> config, string project, IRunObserver observer, TimeProvider time) : IWorkerProvider
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask<string> ProvisionAsync(WorkerOrder order, CancellationToken cancellationToken)
    {
        var answer = await AskAsync("provision", new JsonObject { ["worker"] = order.Worker, ["slots"] = order.Slots, ["labels"] = new JsonArray([.. order.Labels.Select(label => JsonValue.Create(label))]) }, cancellationToken);
        return answer.TryGetProperty("machine", out var machine) && machine.ValueKind == JsonValueKind.String ? machine.GetString()! : throw Unusable("leaves no `machine`, a text, when it has provisioned a worker");
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var answer = await AskAsync("list", [], cancellationToken);
        return answer.TryGetProperty("workers", out var workers) && workers.ValueKind == JsonValueKind.Array && workers.EnumerateArray().All(worker => worker.ValueKind == JsonValueKind.String)
            ? [.. workers.EnumerateArray().Select(worker => worker.GetString()!)]
            : throw Unusable("leaves no `workers`, a list of names, when it is asked for them");
    }

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(string worker, CancellationToken cancellationToken) => await AskAsync("release", new JsonObject { ["worker"] = worker }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask CloseAsync(StopSignal stop) => default;

    private async Task<JsonElement> AskAsync(string operation, JsonObject input, CancellationToken cancellationToken)
    {
        input["operation"] = operation;
        input["config"] = JsonNode.Parse(config().GetRawText());
        var request = new ExecutePlugin(plugin, JsonElement.Parse(input.ToJsonString()), project, GrantAll: false, observer, new StopSignal(cancellationToken, cancellationToken));
        var run = await RunAsync(request, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (run.Status != RunStatus.Succeeded) throw Unusable($"has failed to {operation}: {run.Reason ?? run.Step(ExecutePlugin.Step).Status.ToString()} (run {run.RunId})");
        return run.Step(ExecutePlugin.Step).Output is { ValueKind: JsonValueKind.Object } output ? output : JsonElement.Parse("{}");
    }

    private Task<RunState> RunAsync(ExecutePlugin request, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var run = RunAfterAsync(_last, request, cancellationToken);
            _last = run;
            return run;
        }
    }

    private async Task<RunState> RunAfterAsync(Task before, ExecutePlugin request, CancellationToken cancellationToken)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            var result = await bus.SendAsync(request, Autoscaler.Caller, cancellationToken);
            if (result.IsSuccess) return result.Value;
            if (result.Errors.Any(error => error.Code != ErrorCodes.PipelineAlreadyRunning)) throw new FlexCoreException([.. result.Errors]);
            await Task.Delay(BetweenTries, time, cancellationToken);
        }
    }

    private FlexCoreException Unusable(string what) => new(new Error(ErrorCodes.WorkerProviderFailed, $"the plugin {plugin} {what}"));
}
