using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>One run.</summary>
/// <param name="Id">Its id, the beginning or the end of it, or <c>latest</c> for the newest one.</param>
public sealed record ShowRun(string Id) : IQuery<RunSummary>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => Reach.OfRunsNamed(Id);
}

/// <summary>A run and its times.</summary>
/// <param name="State">The run.</param>
/// <param name="StartedAt">When it was wanted, or began where it never waited.</param>
/// <param name="Steps">How long the last attempt of each step took that has ended, in milliseconds.</param>
/// <param name="Waits">Why it waits; null where it does not.</param>
public sealed record RunSummary(RunState State, DateTimeOffset StartedAt, IReadOnlyDictionary<string, long> Steps, WaitReason? Waits);

/// <summary>Looks a run up; one whose process is gone is ended first.</summary>
public sealed class ShowRunHandler(IEventLog log, IReadModels views, PipelineLocks locks, IRunQueue queue) : IHandler<ShowRun, RunSummary>
{
    private const int SearchDepth = 10_000;

    /// <inheritdoc/>
    public async Task<Result<RunSummary>> HandleAsync(ShowRun request, Caller caller, CancellationToken cancellationToken)
    {
        var id = request.Id;
        if (Guid.TryParse(id, out var runId))
        {
            var stream = EventStreams.Run(runId);
            return await log.ReadLastAsync(stream, cancellationToken) is null ? RunHistory.Unknown(id) : await FoldAsync(stream, cancellationToken);
        }

        var streams = await ListAsync(id == "latest" ? 1 : SearchDepth, caller, cancellationToken);
        if (id == "latest") return streams.Count == 0 ? RunHistory.Unknown(id) : await FoldAsync(streams[0], cancellationToken);

        // A short id is its beginning or its end: UUIDv7s of one hour share their first digits.
        var matches = streams.Where(stream => Matches(stream[(EventStreams.RunCategory.Length + 1)..], id)).Take(2).ToList();
        return matches.Count switch
        {
            0 => RunHistory.Unknown(id),
            1 => await FoldAsync(matches[0], cancellationToken),
            _ => new Error(ErrorCodes.NotFound, $"'{id}' fits more than one run", SpecificRemedy: "Give more of the id."),
        };
    }

    /// <summary>The newest runs that a caller may see.</summary>
    private async Task<IReadOnlyList<string>> ListAsync(int limit, Caller caller, CancellationToken cancellationToken) => caller.Scope is { } scope
        ? [.. (await views.ListRunsAsync(new RunFilter(limit, Scope: scope), cancellationToken)).Select(run => EventStreams.Run(run.RunId))]
        : await log.ListStreamsAsync(EventStreams.RunCategory, before: null, limit, cancellationToken);

    private static bool Matches(string runId, string part) =>
        part.Length > 0 && (runId.StartsWith(part, StringComparison.OrdinalIgnoreCase) || runId.EndsWith(part, StringComparison.OrdinalIgnoreCase));

    private async Task<Result<RunSummary>> FoldAsync(string stream, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(stream, cancellationToken);
        var folded = history.Aggregate(RunState.Empty, (run, fact) => run.Apply(fact.Event));
        var state = await locks.SettleAsync(folded, "runs show", cancellationToken);
        return new RunSummary(state, history[0].At, Durations(history), state.Status == RunStatus.Queued ? await queue.ExplainAsync(state.RunId, cancellationToken) : null);
    }

    private static Dictionary<string, long> Durations(IReadOnlyList<RecordedFact> history)
    {
        var (began, took) = (new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal), new Dictionary<string, long>(StringComparer.Ordinal));
        foreach (var fact in history)
        {
            if (fact.Event is StepStarted started) began[started.Step] = fact.At;
            else if (fact.Event is StepSucceeded succeeded) End(succeeded.Step, fact.At);
            else if (fact.Event is StepFailed failed) End(failed.Step, fact.At);
        }

        return took;

        void End(string step, DateTimeOffset at)
        {
            if (began.TryGetValue(step, out var since)) took[step] = (long)(at - since).TotalMilliseconds;
        }
    }
}
