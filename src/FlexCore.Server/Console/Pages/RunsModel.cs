using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Server.Documents;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Console.Pages;

/// <summary>Runs of a list.</summary>
/// <param name="Page">The runs.</param>
/// <param name="Pipeline">Only of this pipeline.</param>
/// <param name="Status">Only those that are there.</param>
/// <param name="Since">Only those that began within this time, such as <c>24h</c>.</param>
public sealed record RunsModel(Page<RunListItem> Page, string? Pipeline, string? Status, string? Since)
{
    /// <summary>Where runs can be.</summary>
    public static IReadOnlyList<string> Statuses { get; } = [.. Enum.GetValues<RunStatus>().Where(status => status != RunStatus.New).Select(Wording.Of)];

    /// <summary>The last day, as the address says it.</summary>
    public const string LastDay = "24h";

    /// <summary>What can be chosen of the time in which runs began.</summary>
    public static IReadOnlyList<(string Value, string Words)> Times { get; } = [("1h", "in the last hour"), (LastDay, "in 24 hours"), ("7d", "in 7 days"), ("30d", "in 30 days")];

    /// <summary>Whether some are left out.</summary>
    public bool IsFiltered => Pipeline is not null || Status is not null || Since is not null;

    /// <summary>Where those behind a run are.</summary>
    public string Address(string after) => $"/runs{QueryString.Create([KeyValuePair.Create("pipeline", Pipeline), KeyValuePair.Create("status", Status), KeyValuePair.Create("since", Since), KeyValuePair.Create<string, string?>("after", after)])}";

    /// <summary>From when on runs of the last while are.</summary>
    /// <param name="since">The while, as the address says it; null for ever.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="FlexCoreException">It is none.</exception>
    public static DateTimeOffset? Begin(string? since, DateTimeOffset now) =>
        since is null ? null : now - (Units.Lifetime(since) ?? throw new FlexCoreException(new Error(ErrorCodes.InvalidValue, $"since must be {Units.LifetimeRule}")));
}
