using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Pipelines;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Tasks;

/// <summary>Has a task plugin run at another service, and tells of it as if it ran here.</summary>
/// <param name="services">Asks the services.</param>
/// <param name="log">Where it is put on record.</param>
/// <param name="lowest">The lowest level of isolation that the project accepts.</param>
/// <param name="time">The clock.</param>
internal sealed class RemoteTaskRunner(IRemotePlugins services, IEventLog log, Func<IsolationLevel> lowest, TimeProvider time)
{
    /// <summary>Makes one attempt.</summary>
    public async Task<StepResult> RunAsync(TaskStep step, RemotePlugin remote, StepScope scope)
    {
        var (request, use, said) = (scope.Request, step.Plugin, scope.Log(step.Plugin.Manifest.Name));
        var execution = await RemoteExecution.BeginAsync(use, remote, request, log, time);
        var access = new RemoteAccess(remote.Address, scope.SecretOf(remote.Token), request.Context.TraceParent);
        var run = new FollowedRemoteRun(services, access, use.Manifest, said, time);
        var (failure, output) = await TryAsync(run, step, remote, scope);
        if (failure is not null) failure = failure with { Message = said.Mask.Apply(failure.Message) };
        return new StepResult(await execution.EndAsync(run.Last, failure), failure, failure is null ? output : null);
    }

    private async Task<(StepFailure? Failure, JsonElement? Output)> TryAsync(FollowedRemoteRun run, TaskStep step, RemotePlugin remote, StepScope scope)
    {
        var manifest = step.Plugin.Manifest;
        using var late = manifest.Limits.Time is { } limit ? new CancellationTokenSource(limit, time) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(scope.Stop.Gently, late.Token);
        var stop = scope.Stop with { Gently = either.Token };
        try
        {
            await run.StartAsync(remote.Plugin, Literal(scope.SettingsOf(step.Plugin)), [.. step.Args.Select(References.Literal)], KeyOf(scope.Request), stop);
            var ended = await run.FollowAsync(AcceptedBy(scope.Request), stop.Gently);
            return run.Judge(ended);
        }
        catch (OperationCanceledException) when (stop.Gently.IsCancellationRequested)
        {
            // Whoever goes on with the run here goes on with that one, too.
            if (!scope.Request.IsLeft()) await run.StopAsync($"run {scope.Request.RunId} has stopped its step {step.Id}", stop.AtOnce);
            return (scope.Stop.Gently.IsCancellationRequested
                ? new StepFailure(null, PluginOutcome.Cancelled, ErrorCodes.RunCancelled.Id, "stopped by a signal")
                : Failed(PluginOutcome.Timeout, ErrorCodes.PluginTimeout, $"took longer than its limit of {manifest.Limits.Time!.Value.TotalSeconds:0.###} s"), null);
        }
        catch (RemoteRefusedException refused)
        {
            await run.StopAsync(refused.Message, stop.AtOnce);
            return (Failed(refused.Outcome, refused.Code, refused.Message), null);
        }
        catch (FlexCoreException e) when (e.Error.Code.Class == ErrorClass.External)
        {
            return (Failed(PluginOutcome.SandboxFailed, e.Error.Code, run.Describe(e.Error.Message)), null);
        }

        StepFailure Failed(PluginOutcome outcome, ErrorCode code, string message) => new(manifest.Name, outcome, code.Id, $"{manifest.Name} {message}");
    }

    private IsolationLevel AcceptedBy(StepRequest request) => request.AllowsUnconfined ? IsolationLevel.None : lowest();

    /// <summary>The same for whoever goes on with an attempt that another node has left open.</summary>
    private static string KeyOf(StepRequest request) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"remote step\n{request.RunId}\n{request.Step.Id}\n{request.Try}")));

    /// <summary>What earlier steps have left may look like a reference. There it must not be one.</summary>
    private static JsonElement Literal(JsonElement settings)
    {
        return Escape(JsonObject.Create(settings)!).ToElement();

        static JsonNode Escape(JsonNode node) => node switch
        {
            JsonObject map => new JsonObject(map.Select(member => KeyValuePair.Create(member.Key, member.Value is { } value ? Escape(value) : null))),
            JsonArray list => new JsonArray([.. list.Select(item => item is null ? null : Escape(item))]),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => JsonValue.Create(References.Literal(value.GetValue<string>())),
            _ => node.DeepClone(),
        };
    }
}

/// <summary>What the service does, or the plugin there, is not accepted here.</summary>
internal sealed class RemoteRefusedException(PluginOutcome outcome, ErrorCode code, string message) : Exception(message)
{
    public PluginOutcome Outcome => outcome;

    public ErrorCode Code => code;
}
