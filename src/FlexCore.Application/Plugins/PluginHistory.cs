using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>Plugins in the event log.</summary>
public static class PluginHistory
{
    /// <summary>What is on record of a plugin.</summary>
    public static async Task<Plugin> ReadPluginAsync(this IEventLog log, string name, CancellationToken cancellationToken) =>
        Plugin.From((await log.ReadAsync(EventStreams.Plugin(name), cancellationToken)).Select(fact => fact.Event));
}
