using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>The committed bookmarks of a sync step.</summary>
/// <param name="Value">The Singer STATE value that the target confirmed last, or null; of several targets, the oldest.</param>
/// <param name="RunId">The run that committed it.</param>
/// <param name="Version">How often it was committed.</param>
/// <param name="Targets">Where each of several targets is.</param>
public sealed record CommittedState(JsonElement? Value, Guid? RunId, long Version, IReadOnlyList<TargetState> Targets)
{
    /// <summary>What one commit says.</summary>
    public static CommittedState From(StateCommitted committed, long version) =>
        new(committed.Value.ValueKind == JsonValueKind.Null ? null : committed.Value, committed.RunId, version, committed.Targets ?? []);
}

/// <summary>Reads the committed bookmarks of a sync step.</summary>
public sealed class GetState(IEventLog log)
{
    private const int MaxStreams = 100_000;

    /// <summary>What is committed now.</summary>
    public async Task<CommittedState> HandleAsync(string pipeline, string step, CancellationToken cancellationToken) =>
        await log.ReadLastAsync(EventStreams.State(pipeline, step), cancellationToken) is { } last
            ? CommittedState.From(last.Event as StateCommitted ?? throw Unreadable(pipeline, step, last.Event), last.Version)
            : new CommittedState(null, null, 0, []);

    /// <summary>What is committed now for each sync step of a pipeline.</summary>
    public async Task<IReadOnlyDictionary<string, JsonElement>> ListAsync(string pipeline, CancellationToken cancellationToken)
    {
        var states = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        var prefix = EventStreams.State(pipeline, step: "");
        foreach (var stream in await log.ListStreamsAsync(EventStreams.StateCategory, before: null, MaxStreams, cancellationToken))
        {
            if (!stream.StartsWith(prefix, StringComparison.Ordinal)) continue;
            var step = stream[prefix.Length..];
            if ((await HandleAsync(pipeline, step, cancellationToken)).Value is { } value) states.Add(step, value);
        }

        return states;
    }

    // An older bookmark in its place would send records again that a later version has passed.
    private static FlexCoreException Unreadable(string pipeline, string step, IDomainEvent last) => new(new Error(
        ErrorCodes.StoreUnusable,
        $"the state of step {step} of pipeline {pipeline} was written last by a later version of FlexCore ({(last as UnknownEvent)?.Type})",
        SpecificRemedy: "Use the newer FlexCore that wrote it."));
}
