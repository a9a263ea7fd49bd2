using System.Text.Json;
using FlexCore.Domain;

namespace FlexCore.Cli.Output;

/// <summary>The steps of a pipeline's definition and what they need, drawn.</summary>
internal sealed class PipelineGraph
{
    private const string Success = "success";

    private readonly List<Node> _nodes;

    /// <param name="definition">As it is on record; a version of FlexCore to come may have written it.</param>
    public PipelineGraph(JsonElement definition) => _nodes = [.. Items(definition, "steps").Select(Read)];

    /// <summary>One line for each step, in the order of the file.</summary>
    public IEnumerable<string> ToLines()
    {
        var width = _nodes.Select(node => node.Id.Length).DefaultIfEmpty().Max();
        return _nodes.Select(node => $"{node.Id.PadRight(width)}  {node.What}{(node.Needs.Count == 0 ? "" : $"  after {AfterWhat(node)}")}{(node.HasCondition ? $"  if {node.When}" : "")}");
    }

    /// <summary>A flowchart for Mermaid (https://mermaid.js.org), which Markdown viewers draw.</summary>
    public IEnumerable<string> ToMermaid()
    {
        yield return "flowchart LR";
        foreach (var node in _nodes) yield return $"  {node.Id}[\"{node.Id}<br/>{Quote(node.What)}\"]";
        foreach (var node in _nodes)
        {
            foreach (var need in node.Needs) yield return node.When == Success ? $"  {need} --> {node.Id}" : $"  {need} -. {(node.HasCondition ? $"\"{Quote(node.When)}\"" : node.When)} .-> {node.Id}";
        }
    }

    private static string AfterWhat(Node node) => node.When switch
    {
        "failure" => $"a failure of {string.Join(", ", node.Needs)}",
        "always" => $"the end of {string.Join(", ", node.Needs)}",
        _ => string.Join(", ", node.Needs),
    };

    private static Node Read(JsonElement step) =>
        new(Text(step, "id") ?? "?", Describe(step), [.. Items(step, "needs").Select(need => Printable.Escape(need.ToString()))], Text(step, "when") ?? Success);

    private static string Describe(JsonElement step)
    {
        if (step.TryGetProperty("task", out var task)) return $"task {Text(task, "plugin")}";
        if (step.TryGetProperty("pipeline", out var other)) return $"pipeline {Text(other, "name")}";
        if (!step.TryGetProperty("sync", out var sync)) return step.TryGetProperty("noop", out _) ? "noop" : "step";
        var targets = sync.TryGetProperty("to", out var to) && to.ValueKind == JsonValueKind.Array ? to.EnumerateArray().ToList() : [to];
        var stages = Items(sync, "through").Select(stage => Text(stage, "plugin") ?? "map");
        var flow = string.Join(" → ", [sync.TryGetProperty("from", out var from) ? Text(from, "plugin") : "?", .. stages, string.Join(", ", targets.Select(target => Text(target, "plugin")))]);
        return sync.TryGetProperty("partitions", out var partitions) ? $"{flow}, over {(partitions.ValueKind == JsonValueKind.Object && partitions.TryGetProperty("taps", out var taps) ? taps : partitions)} taps" : flow;
    }

    private static List<JsonElement> Items(JsonElement holder, string name) =>
        holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? [.. items.EnumerateArray()] : [];

    private static string? Text(JsonElement holder, string name) =>
        holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? Printable.Escape(text.GetString()!) : null;

    private static string Quote(string text) => text.Replace("\"", "#quot;", StringComparison.Ordinal);

    private sealed record Node(string Id, string What, IReadOnlyList<string> Needs, string When)
    {
        public bool HasCondition => When is not (Success or "failure" or "always");
    }
}
