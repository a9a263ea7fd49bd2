using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Domain.Runs;

namespace FlexCore.Cli.Output;

/// <summary>A run as one JSON document: the contract of <c>run --json</c> and <c>runs show --json</c>.</summary>
internal static class RunDocument
{
    public static JsonObject Describe(RunState run, IReadOnlyDictionary<string, JsonElement> states) => new()
    {
        ["run_id"] = run.RunId.ToString(),
        ["pipeline"] = run.Pipeline,
        ["pipeline_version"] = run.PipelineVersion,
        ["status"] = Words.Status(run.Status),
        ["duration_ms"] = run.DurationMs,
        ["reason"] = run.Reason,
        ["trigger"] = new JsonObject { ["kind"] = Words.Kebab(run.Trigger.Kind), ["source"] = run.Trigger.Source, ["due_at"] = run.Trigger.DueAt?.ToString("O") },
        ["retry_of"] = run.RetryOf?.ToString(),
        ["node"] = run.Node,
        ["cancel_requested"] = run.CancelRequested,
        ["resumes"] = run.Resumes?.ToString(),
        ["dry_run"] = run.IsDryRun,
        ["replays"] = run.Replays,
        ["environment"] = run.Environment,
        ["degraded"] = run.Isolation.IsDegraded,
        ["steps"] = JsonOutput.Array(run.Steps, step => Describe(step, states)),
    };

    /// <summary>A run as it was once. What was committed then is in other event streams.</summary>
    public static JsonObject DescribePast(RunState run)
    {
        var document = Describe(run, new Dictionary<string, JsonElement>(StringComparer.Ordinal));
        foreach (var step in document["steps"]!.AsArray()) step!.AsObject().Remove("state");
        return document;
    }

    private static JsonObject Describe(StepState step, IReadOnlyDictionary<string, JsonElement> states) => new()
    {
        ["id"] = step.Id,
        ["status"] = Words.Status(step.Status),
        ["attempts"] = step.Attempts,
        ["records"] = new JsonObject(step.Tally.Records.Select(stream => KeyValuePair.Create<string, JsonNode?>(stream.Key, stream.Value))),
        ["bytes"] = step.Tally.Bytes,
        ["dead_letters"] = step.Tally.CountDead(),
        ["streams"] = new JsonObject(step.Tally.Streams.Select(stream => KeyValuePair.Create<string, JsonNode?>(stream.Key, new JsonObject
        {
            ["in"] = stream.Value.In,
            ["left_out"] = stream.Value.LeftOut,
            ["dead"] = stream.Value.Dead,
            ["mapped"] = stream.Value.Mapped,
            ["out"] = step.Tally.Records.GetValueOrDefault(stream.Key),
            ["bytes"] = stream.Value.Bytes,
        }))),
        ["state"] = states.TryGetValue(step.Id, out var state) ? JsonOutput.Node(state) : null,
        ["sub_run"] = step.SubRun?.ToString(),
        ["error"] = step.Code is null ? null : new JsonObject { ["code"] = step.Code, ["message"] = step.Message },
        ["plugins"] = JsonOutput.Array(step.Tally.Plugins, plugin => new JsonObject
        {
            ["name"] = plugin.Name,
            ["outcome"] = JsonNode.Parse(JsonSerializer.SerializeToUtf8Bytes(plugin.Outcome, CliJson.Default.PluginOutcome)),
            ["exit_code"] = plugin.ExitCode,
            ["cpu_ms"] = plugin.CpuMs,
            ["peak_memory_bytes"] = plugin.PeakMemoryBytes,
            ["isolation"] = plugin.Isolation,
            ["grant_hash"] = plugin.GrantHash,
            ["execution"] = plugin.ExecutionId.ToString(),
        }),
    };
}
