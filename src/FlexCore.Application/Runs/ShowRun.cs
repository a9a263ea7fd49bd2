using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Runs;

/// <summary>One run, found by its id or by the beginning of its id.</summary>
public sealed class ShowRun(IEventLog log, InterruptedRuns interruptedRuns)
{
    private const int SearchDepth = 10_000;

    /// <summary>Finds the run; <c>latest</c> is the newest one.</summary>
    public async Task<Result<RunSummary>> HandleAsync(string id, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(id, out var runId))
        {
            var stream = EventStreams.Run(runId);
            return await log.ReadLastAsync(stream, cancellationToken) is null ? NotFound(id) : await FoldAsync(stream, cancellationToken);
        }

        var streams = await log.ListStreamsAsync(EventStreams.RunCategory, before: null, SearchDepth, cancellationToken);
        if (id == "latest") return streams.Count == 0 ? NotFound(id) : await FoldAsync(streams[0], cancellationToken);

        // A short id is its beginning or its end: UUIDv7s of one hour share their first digits.
        var matches = streams.Where(stream => Matches(stream[(EventStreams.RunCategory.Length + 1)..], id)).Take(2).ToList();
        return matches.Count switch
        {
            0 => NotFound(id),
            1 => await FoldAsync(matches[0], cancellationToken),
            _ => new Error(ErrorCodes.NotFound, $"'{id}' fits more than one run", SpecificRemedy: "Give more of the id."),
        };
    }

    private static bool Matches(string runId, string part) =>
        part.Length > 0 && (runId.StartsWith(part, StringComparison.OrdinalIgnoreCase) || runId.EndsWith(part, StringComparison.OrdinalIgnoreCase));

    private static Error NotFound(string id) => new(ErrorCodes.NotFound, $"there is no run '{id}'");

    private async Task<Result<RunSummary>> FoldAsync(string stream, CancellationToken cancellationToken) =>
        await ListRuns.FoldAsync(log, interruptedRuns, stream, "runs show", cancellationToken);
}
