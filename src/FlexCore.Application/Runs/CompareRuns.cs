using System.Globalization;
using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>In what two runs differ: what they rested on, and what came of them.</summary>
/// <param name="One">A run, named as in <see cref="ShowRun"/>.</param>
/// <param name="Other">Another one.</param>
public sealed record CompareRuns(string One, string Other) : IQuery<RunComparison>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => Reach.OfRunsNamed(One, Other);
}

/// <summary>Two runs beside each other.</summary>
/// <param name="One">The first.</param>
/// <param name="Other">The second.</param>
/// <param name="Differences">What is not the same, in a fixed order.</param>
/// <param name="DefinitionDiff">What differs between the definitions that they ran, line by line.</param>
public sealed record RunComparison(RunSummary One, RunSummary Other, IReadOnlyList<RunDifference> Differences, IReadOnlyList<string> DefinitionDiff);

/// <summary>Something that is not the same.</summary>
/// <param name="What">What it is.</param>
/// <param name="One">Of the first run; null where it has no such thing.</param>
/// <param name="Other">Of the second.</param>
public sealed record RunDifference(string What, string? One, string? Other);

/// <summary>Compares runs.</summary>
public sealed class CompareRunsHandler(IHandler<ShowRun, RunSummary> runs, IEventLog log, DefinitionDiff diff) : IHandler<CompareRuns, RunComparison>
{
    /// <inheritdoc/>
    public async Task<Result<RunComparison>> HandleAsync(CompareRuns request, Caller caller, CancellationToken cancellationToken)
    {
        var one = await runs.HandleAsync(new ShowRun(request.One), caller, cancellationToken);
        var other = await runs.HandleAsync(new ShowRun(request.Other), caller, cancellationToken);
        if (!one.IsSuccess || !other.IsSuccess) return one.Errors.Concat(other.Errors).ToArray();
        var (oneVersion, otherVersion) = (await VersionAsync(one.Value.State, cancellationToken), await VersionAsync(other.Value.State, cancellationToken));
        var (ofOne, ofOther) = (Facts(one.Value, oneVersion), Facts(other.Value, otherVersion));
        var differences = ofOne.Keys.Union(ofOther.Keys, StringComparer.Ordinal)
            .Select(what => new RunDifference(what, ofOne.GetValueOrDefault(what), ofOther.GetValueOrDefault(what)))
            .Where(difference => difference.One != difference.Other);
        return new RunComparison(one.Value, other.Value, [.. differences], diff.Between(oneVersion, otherVersion));
    }

    private async Task<PipelineVersion> VersionAsync(RunState run, CancellationToken cancellationToken) =>
        (await log.ReadPipelineAsync(run.Pipeline, cancellationToken)).Known.Versions[run.PipelineVersion - 1];

    /// <summary>What a run rested on and what came of it, by name.</summary>
    private static OrderedDictionary<string, string> Facts(RunSummary summary, PipelineVersion version)
    {
        var run = summary.State;
        var facts = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        Add("pipeline", run.Pipeline);
        Add("definition", $"version {version.Number}, sha256 {version.Hash}");
        Add("file", version.File);
        foreach (var (name, value) in Variables(run, version.Definition)) Add($"variable {name}", value);
        Add("environment", run.Environment);
        Add("trigger", run.Trigger.Source is { } source ? $"{run.Trigger.Kind} {source}" : $"{run.Trigger.Kind}");
        Add("due", run.Trigger.DueAt?.ToString("O", CultureInfo.InvariantCulture));
        Add("runs again", run.RetryOf?.ToString());
        Add("full refresh", run.FullRefresh ? "yes" : "no");
        Add("dry", run.IsDryRun ? "yes" : "no");
        Add("isolation", run.Isolation.Name);
        Add("node", run.Node);
        foreach (var pin in run.Plugins.Distinct())
        {
            Add($"{pin.Step}: {pin.Plugin}: version", pin.Version);
            Add($"{pin.Step}: {pin.Plugin}: files, sha256", pin.Digest);
            Add($"{pin.Step}: {pin.Plugin}: grant hash", pin.GrantHash);
        }

        Add("status", run.Status.ToString());
        Add("reason", run.Reason);
        Add("duration, ms", Number(run.DurationMs));
        foreach (var step in run.Steps) AddStep(step);
        return facts;

        void AddStep(StepState step)
        {
            Add($"{step.Id}: status", step.IsKept ? "kept" : step.Status.ToString());
            Add($"{step.Id}: attempts", Number(step.Attempts));
            Add($"{step.Id}: error", step.Code is null ? null : $"{step.Code} {step.Message}");
            foreach (var (stream, records) in step.Tally.Records) Add($"{step.Id}: records of {stream}", Number(records));
            Add($"{step.Id}: dead letters", Number(step.Tally.CountDead()));
            Add($"{step.Id}: duration, ms", summary.Steps.TryGetValue(step.Id, out var took) ? Number(took) : null);
        }

        void Add(string what, string? value)
        {
            if (value is not null) facts[what] = value;
        }
    }

    /// <summary>Those of the definition, under those that the run was given.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Variables(RunState run, JsonElement definition)
    {
        var written = definition.TryGetProperty("vars", out var vars) && vars.ValueKind == JsonValueKind.Object ? vars.EnumerateObject().ToList() : [];
        return written.Where(item => !run.Set.ContainsKey(item.Name)).Select(item => KeyValuePair.Create(item.Name, item.Value.ToString())).Concat(run.Set);
    }

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
