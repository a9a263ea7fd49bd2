using System.Text.Json;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Output;

/// <summary>The steps of a pipeline's definition and what they need, drawn.</summary>
internal sealed class PipelineGraph
{
    private readonly IReadOnlyList<DefinedStep> _nodes;

    /// <param name="definition">As it is on record; a version of FlexCore to come may have written it.</param>
    public PipelineGraph(JsonElement definition) => _nodes = DefinedStep.Read(definition);

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
            foreach (var need in node.Needs) yield return node.When == DefinedStep.Success ? $"  {need} --> {node.Id}" : $"  {need} -. {(node.HasCondition ? $"\"{Quote(node.When)}\"" : node.When)} .-> {node.Id}";
        }
    }

    private static string AfterWhat(DefinedStep node) => node.When switch
    {
        "failure" => $"a failure of {string.Join(", ", node.Needs)}",
        "always" => $"the end of {string.Join(", ", node.Needs)}",
        _ => string.Join(", ", node.Needs),
    };

    private static string Quote(string text) => text.Replace("\"", "#quot;", StringComparison.Ordinal);
}
