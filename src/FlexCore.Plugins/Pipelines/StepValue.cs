using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Something that a step leaves: <c>load.status</c>, <c>load.records.orders</c>, <c>load.output</c> or <c>load.output.rows.first</c>.</summary>
/// <param name="Step">The step.</param>
/// <param name="Kind">status, records or output.</param>
/// <param name="Path">Further names.</param>
internal sealed record StepValue(string Step, string Kind, IReadOnlyList<string> Path)
{
    public const string Output = "output";
    public const string Status = "status";
    public const string Rule = "${steps.ID.status}, ${steps.ID.records.STREAM} or ${steps.ID.output.NAME}";

    /// <summary>Reads one as it is written; null when it is none.</summary>
    public static StepValue? Parse(string text) => text.Split('.') switch
    {
        [var step, Status] when Names.IsValid(step) => new StepValue(step, Status, []),
        [var step, "records", .. var stream] when Names.IsValid(step) && stream.Length > 0 => new StepValue(step, "records", [string.Join('.', stream)]),
        [var step, Output, .. var path] when Names.IsValid(step) && path.All(name => name.Length > 0) => new StepValue(step, Output, path),
        _ => null,
    };

    /// <summary>What it is in a run.</summary>
    /// <param name="earlier">The steps that have ended.</param>
    /// <exception cref="FlexCoreException">The step has left nothing of that name.</exception>
    public JsonNode? Find(IReadOnlyList<EarlierStep> earlier) => Find(earlier, out var found)
        ? found
        : throw new FlexCoreException(new Error(ErrorCodes.StepValueMissing, $"step {Step} ({Word(earlier.Single(done => done.Id == Step).Status)}) has left no '{string.Join('.', [Output, .. Path])}'"));

    /// <summary>The same where the step may have left nothing of that name.</summary>
    /// <param name="earlier">The steps that have ended.</param>
    /// <param name="found">What it is.</param>
    /// <returns>Whether the step has left it.</returns>
    public bool Find(IReadOnlyList<EarlierStep> earlier, out JsonNode? found)
    {
        var step = earlier.Single(done => done.Id == Step);
        if (Kind != Output)
        {
            found = Kind == Status ? Word(step.Status) : step.Records.GetValueOrDefault(Path[0]);
            return true;
        }

        var value = step.Output;
        foreach (var name in Path) value = value is { ValueKind: JsonValueKind.Object } fields && fields.TryGetProperty(name, out var member) ? member : null;
        found = value is { } left ? JsonSerializer.SerializeToNode(left, PluginsJson.Default.JsonElement) : null;
        return value is not null;
    }

    private static string Word(StepStatus status) => status.ToString().ToLowerInvariant();
}
