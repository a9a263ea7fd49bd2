using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>The committed bookmarks of a sync step.</summary>
/// <param name="Value">The Singer STATE value that the target confirmed last, or null.</param>
/// <param name="RunId">The run that committed it.</param>
/// <param name="Version">How often it was committed.</param>
public sealed record CommittedState(JsonElement? Value, Guid? RunId, long Version);

/// <summary>Reads the committed bookmarks of a sync step.</summary>
public sealed class GetState(IEventLog log)
{
    /// <summary>What is committed now.</summary>
    public async Task<CommittedState> HandleAsync(string pipeline, string step, CancellationToken cancellationToken) =>
        await log.ReadLastAsync(EventStreams.State(pipeline, step), cancellationToken) is { } last
            ? Read((StateCommitted)last.Event, last.Version)
            : new CommittedState(null, null, 0);

    private static CommittedState Read(StateCommitted committed, long version) => new(committed.Value, committed.RunId, version);
}
