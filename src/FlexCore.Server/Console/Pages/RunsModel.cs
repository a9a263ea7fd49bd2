using FlexCore.Client;
using FlexCore.Domain.Runs;
using FlexCore.Server.Documents;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Console.Pages;

/// <summary>Runs of a list.</summary>
/// <param name="Page">The runs.</param>
/// <param name="Pipeline">Only of this pipeline.</param>
/// <param name="Status">Only those that are there.</param>
public sealed record RunsModel(Page<RunListItem> Page, string? Pipeline, string? Status)
{
    /// <summary>Where runs can be.</summary>
    public static IReadOnlyList<string> Statuses { get; } = [.. Enum.GetValues<RunStatus>().Where(status => status != RunStatus.New).Select(Wording.Of)];

    /// <summary>Whether some are left out.</summary>
    public bool IsFiltered => Pipeline is not null || Status is not null;

    /// <summary>Where those behind a run are.</summary>
    public string Address(string after) => $"/runs{QueryString.Create([KeyValuePair.Create("pipeline", Pipeline), KeyValuePair.Create("status", Status), KeyValuePair.Create<string, string?>("after", after)])}";
}
