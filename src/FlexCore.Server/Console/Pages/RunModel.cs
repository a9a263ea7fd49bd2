using FlexCore.Client;
using FlexCore.Server.Console.Charts;

namespace FlexCore.Server.Console.Pages;

/// <summary>A run with all that its page shows.</summary>
/// <param name="Run">The run.</param>
/// <param name="Gantt">When its attempts were under way.</param>
/// <param name="Log">What its plugins have said.</param>
/// <param name="Artifacts">The files that its steps have left.</param>
/// <param name="ShowsAll">Whether all steps are shown, however many.</param>
public sealed record RunModel(Run Run, Gantt Gantt, RunLogModel Log, IReadOnlyList<RunArtifact> Artifacts, bool ShowsAll)
{
    /// <summary>More steps are folded away, but for those that somebody has to look at.</summary>
    public const int MostSteps = 60;

    /// <summary>Whether it goes on.</summary>
    public bool IsUnderWay => Run.Status is "queued" or "running";

    /// <summary>The steps that are shown: of many, those that run or have failed, and then the first.</summary>
    public IReadOnlyList<RunStep> Steps { get; } = ShowsAll || Run.Steps.Count <= MostSteps ? Run.Steps : Fold(Run.Steps);

    /// <summary>How many steps are where.</summary>
    public IEnumerable<(string Status, int Count)> Counts => Run.Steps.GroupBy(step => step.Status, StringComparer.Ordinal).Select(group => (group.Key, group.Count())).OrderBy(group => Rank(group.Key));

    /// <summary>Where an artifact is had from.</summary>
    public string AddressOf(RunArtifact artifact) => $"/runs/{Run.RunId}/artifacts/{artifact.Step}/{string.Join('/', artifact.Name.Split('/').Select(Uri.EscapeDataString))}";

    private static List<RunStep> Fold(IReadOnlyList<RunStep> steps)
    {
        var kept = steps.Index().OrderBy(step => Rank(step.Item.Status)).Take(MostSteps).Select(step => step.Index).ToHashSet();
        return [.. steps.Where((_, index) => kept.Contains(index))];
    }

    private static int Rank(string status) => status switch
    {
        "running" => 0,
        "failed" => 1,
        "retrying" => 2,
        "cancelled" or "interrupted" => 3,
        "succeeded" => 4,
        _ => 5,
    };
}

/// <summary>What the plugins of a run have said, and what of it is shown.</summary>
/// <param name="Lines">The newest lines that fit.</param>
/// <param name="Level">The least level.</param>
/// <param name="Text">What is in them.</param>
/// <param name="Step">Only of this step.</param>
public sealed record RunLogModel(IReadOnlyList<RunLogLine> Lines, string? Level, string? Text, string? Step)
{
    /// <summary>More lines are not shown.</summary>
    public const int MostLines = 500;

    /// <summary>Whether some are left out.</summary>
    public bool IsFiltered => Level is not null || Text is not null || Step is not null;
}
