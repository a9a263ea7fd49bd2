using System.Text.Json;
using FlexCore.Client;
using FlexCore.Server.Console.Charts;
using FlexCore.Server.Documents;
using Microsoft.AspNetCore.Http;
using Pipeline = FlexCore.Client.Pipeline;
using PipelineLifecycle = FlexCore.Domain.Pipelines.PipelineLifecycle;

namespace FlexCore.Server.Console.Pages;

/// <summary>Pipelines of a list.</summary>
/// <param name="Page">The pipelines.</param>
/// <param name="Search">Only those that have this in their name.</param>
/// <param name="Lifecycle">Only those that are there.</param>
public sealed record PipelinesModel(Page<PipelineListItem> Page, string? Search, string? Lifecycle)
{
    /// <summary>Where pipelines can be.</summary>
    public static IReadOnlyList<string> Lifecycles { get; } = [.. Enum.GetValues<PipelineLifecycle>().Where(lifecycle => lifecycle != PipelineLifecycle.Unknown).Select(Wording.Of)];

    /// <summary>Whether some are left out.</summary>
    public bool IsFiltered => Search is not null || Lifecycle is not null;

    /// <summary>Where those behind a name are.</summary>
    public string Address(string after) => $"/pipelines{QueryString.Create([KeyValuePair.Create("search", Search), KeyValuePair.Create("lifecycle", Lifecycle), KeyValuePair.Create<string, string?>("after", after)])}";
}

/// <summary>A pipeline with all that its page shows.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Steps">The steps of its newest definition.</param>
/// <param name="Runs">Its newest runs.</param>
/// <param name="Diff">Two of its versions beside each other; null where nobody has asked.</param>
public sealed record PipelineModel(Pipeline Pipeline, IReadOnlyList<DefinedStep> Steps, IReadOnlyList<RunListItem> Runs, PipelineDiff? Diff)
{
    /// <summary>The steps as they are drawn; null where there are more than anybody could read.</summary>
    public StepGraph? Graph { get; } = Steps.Count <= StepGraph.MostSteps ? StepGraph.Of(Steps) : null;

    /// <summary>What it is for, as its file says.</summary>
    public string? Description => Pipeline.Definition.TryGetProperty("description", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    /// <summary>The variables of the definition, with what they are where a run says nothing else.</summary>
    public IReadOnlyList<(string Name, string Usual)> Variables =>
        Pipeline.Definition.TryGetProperty("vars", out var vars) && vars.ValueKind == JsonValueKind.Object ? [.. vars.EnumerateObject().Select(variable => (variable.Name, variable.Value.ToString()))] : [];

    /// <summary>The definition, to be read.</summary>
    public string Definition => JsonText.Of(Pipeline.Definition);
}
