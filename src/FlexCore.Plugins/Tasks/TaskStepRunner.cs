using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Execution;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Tasks;

/// <summary>Runs a task plugin to its end: one JSON document in, log lines out, and a JSON object if it leaves one.</summary>
internal sealed class TaskStepRunner(PluginLauncher launcher)
{
    private const string OutputFile = "output.json";

    /// <summary>Sets its sandbox up before its time.</summary>
    public Task<SandboxProcess> HoldAsync(TaskStep step, StepRequest request, WorkFolder workFolder) => launcher.HoldAsync(new PluginStart(request, step.Plugin, step.Args, [], workFolder.Path));

    /// <summary>Makes one attempt.</summary>
    /// <param name="step">The step.</param>
    /// <param name="scope">Its own.</param>
    /// <param name="held">Its sandbox, where that was set up before.</param>
    public async Task<StepResult> RunAsync(TaskStep step, StepScope scope, SandboxProcess? held)
    {
        var pluginLog = scope.Log(step.Plugin.Manifest.Name);
        var start = scope.Start(step.Plugin, step.Args) with { Held = held };
        await using var task = await launcher.StartAsync(start, pluginLog, scope.Stop.Gently);
        await using var onStop = scope.Stop.Gently.Register(() => _ = task.Process.StopAsync(task.Manifest.Limits.Grace));
        await using var onHurry = scope.Stop.AtOnce.Register(task.Process.Kill);

        var logging = pluginLog.PumpAsync(task.Process.Output, isError: false);
        await WriteInputAsync(task.Process.Input, Describe(step, scope));
        await task.Process.Completion;
        await logging;

        var (output, problem) = TaskOutput.Read(Path.Combine(scope.WorkFolder, OutputFile));
        var end = await task.EndAsync(exit => exit is { Outcome: SandboxOutcome.Exited, ExitCode: 0 } && problem is not null
            ? new StepFailure(task.Name, PluginOutcome.Protocol, ErrorCodes.TaskOutputInvalid.Id, $"{task.Name}: what it wrote to $FLEXCORE_OUTPUT {problem}")
            : null);

        var tally = StepTally.Nothing with { Plugins = [end.Record] };
        if (scope.Stop.Gently.IsCancellationRequested)
            return new StepResult(tally, new StepFailure(null, PluginOutcome.Cancelled, ErrorCodes.RunCancelled.Id, "stopped by a signal"), null);
        return new StepResult(tally, end.Failure, end.Failure is null ? output : null);
    }

    // A task that does not read its input has done nothing wrong.
    private static async Task WriteInputAsync(SandboxInput input, byte[] document)
    {
        await input.WriteAsync(document);
        input.Complete();
    }

    private static byte[] Describe(TaskStep step, StepScope scope)
    {
        var request = scope.Request;
        var earlier = request.Earlier.Select(done => KeyValuePair.Create<string, JsonNode?>(done.Id, new JsonObject
        {
            ["status"] = done.Status.ToString().ToLowerInvariant(),
            ["records"] = new JsonObject(done.Records.Select(stream => KeyValuePair.Create<string, JsonNode?>(stream.Key, stream.Value))),
            ["output"] = done.Output is { } output ? JsonObject.Create(output) : null,
        }));
        JsonObject document = new()
        {
            ["run_id"] = request.RunId.ToString(),
            ["pipeline"] = request.Pipeline.Name,
            ["step"] = step.Id,
            ["attempt"] = request.Attempt,
            ["input"] = JsonObject.Create(scope.SettingsOf(step.Plugin)),
            ["vars"] = new JsonObject(request.Pipeline.Vars.Select(item => KeyValuePair.Create(item.Key, JsonNode.Parse(item.Value.GetRawText())))),
            ["steps"] = new JsonObject(earlier),
        };
        return JsonSerializer.SerializeToUtf8Bytes(document, PluginsJson.Default.JsonNode);
    }
}
