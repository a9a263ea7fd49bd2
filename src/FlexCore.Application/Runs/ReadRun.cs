using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Runs;

/// <summary>What plugins of a run have said, oldest first.</summary>
/// <param name="RunId">The run.</param>
/// <param name="After">Leaves out so many lines.</param>
/// <param name="Limit">At most so many.</param>
public sealed record ReadRunLog(Guid RunId, int After, int Limit) : IQuery<IReadOnlyList<LogLine>>
{
    /// <summary>Only lines of this level or a graver one; null leaves all.</summary>
    public LogLineLevel? Least { get; init; }

    /// <summary>Only lines of this step.</summary>
    public string? Step { get; init; }

    /// <summary>Only lines that this is in, in upper or lower case.</summary>
    public string? Text { get; init; }

    /// <summary>Whether of more lines than the limit the newest are wanted, and not the oldest.</summary>
    public bool IsNewest { get; init; }

    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => new Reach.OfRuns(RunId);
}

/// <summary>What has happened to a run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="After">Leaves out its first events; so many.</param>
public sealed record ListRunEvents(Guid RunId, long After) : IQuery<IReadOnlyList<StoredEvent>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => new Reach.OfRuns(RunId);
}

/// <summary>Reads what is on record of a run.</summary>
public sealed class RunReader(IEventLog log, IRunLogs logs) : IHandler<ReadRunLog, IReadOnlyList<LogLine>>, IHandler<ListRunEvents, IReadOnlyList<StoredEvent>>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<LogLine>>> HandleAsync(ReadRunLog request, Caller caller, CancellationToken cancellationToken)
    {
        if (await log.ReadLastAsync(EventStreams.Run(request.RunId), cancellationToken) is null) return RunHistory.Unknown(request.RunId.ToString());
        var (lines, passed) = (new Queue<LogLine>(), 0);
        await foreach (var line in logs.ReadAsync(request.RunId, cancellationToken))
        {
            if (!Fits(line, request) || passed++ < request.After) continue;
            if (lines.Count == request.Limit && request.IsNewest) lines.Dequeue();
            lines.Enqueue(line);
            if (lines.Count == request.Limit && !request.IsNewest) break;
        }

        return lines.ToArray();
    }

    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<StoredEvent>>> HandleAsync(ListRunEvents request, Caller caller, CancellationToken cancellationToken)
    {
        var events = await log.ReadLogAsync(new EventQuery(After: 0, int.MaxValue, EventStreams.Run(request.RunId)), cancellationToken);
        return events.Count == 0 ? RunHistory.Unknown(request.RunId.ToString()) : events.Where(@event => @event.Version > request.After).ToArray();
    }

    private static bool Fits(LogLine line, ReadRunLog request) =>
        (request.Least is not { } least || line.Level >= least)
        && (request.Step is null || line.Step == request.Step)
        && (request.Text is null || line.Message.Contains(request.Text, StringComparison.OrdinalIgnoreCase));
}
