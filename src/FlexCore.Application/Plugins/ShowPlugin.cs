using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>A plugin that was used or registered in a data directory.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="Registered">Its registration, if it was added with <c>plugin add</c>.</param>
/// <param name="Grants">What it got last, by pipeline and step.</param>
public sealed record PluginSummary(string Name, PluginRegistered? Registered, IReadOnlyList<PluginCapabilityGranted> Grants);

/// <summary>One plugin that a data directory knows.</summary>
public sealed class ShowPlugin(IEventLog log)
{
    /// <summary>Its registration and what it was granted.</summary>
    public async Task<Result<PluginSummary>> HandleAsync(string name, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(EventStreams.Plugin(name), cancellationToken);
        return history.Count > 0 ? Fold(name, history) : new Error(ErrorCodes.NotFound, $"no plugin '{name}' is registered here or was ever used here");
    }

    private static PluginSummary Fold(string name, IReadOnlyList<RecordedFact> history) => new(
        name,
        history.Select(fact => fact.Event).OfType<PluginRegistered>().LastOrDefault(),
        [
            .. history.Select(fact => fact.Event).OfType<PluginCapabilityGranted>()
                .GroupBy(granted => (granted.Pipeline, granted.Step))
                .Select(place => place.Last()),
        ]);
}
