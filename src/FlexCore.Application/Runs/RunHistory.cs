using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Runs in the event log.</summary>
internal static class RunHistory
{
    /// <summary>What is on record of a run; null when there is none of that id.</summary>
    public static async Task<Run?> ReadRunAsync(this IEventLog log, Guid runId, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(EventStreams.Run(runId), cancellationToken);
        return history.Count == 0 ? null : Run.From([.. history.Select(fact => fact.Event)]);
    }

    /// <summary>Says that there is no such run.</summary>
    public static Error Unknown(string id) => new(ErrorCodes.NotFound, $"there is no run '{id}'");
}
