using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>One plugin that a data directory knows: its registration and what it was granted.</summary>
/// <param name="Name">The plugin.</param>
public sealed record ShowPlugin(string Name) : IQuery<PluginSummary>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;
}

/// <summary>A plugin that was used or registered in a data directory.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="Plugin">What is on record of it.</param>
/// <param name="Decisions">Its registrations and their ends, each standing grant that was given or revoked, and whether it may run: when and by whom.</param>
/// <param name="Versions">The registered copies of this machine.</param>
public sealed record PluginSummary(string Name, Plugin Plugin, IReadOnlyList<RecordedFact> Decisions, IReadOnlyList<KeptVersion> Versions);

/// <summary>Looks a plugin up.</summary>
public sealed class ShowPluginHandler(IEventLog log, IPluginFolders folders) : IHandler<ShowPlugin, PluginSummary>
{
    /// <inheritdoc/>
    public async Task<Result<PluginSummary>> HandleAsync(ShowPlugin request, Caller caller, CancellationToken cancellationToken)
    {
        var name = request.Name;
        var history = await log.ReadAsync(EventStreams.Plugin(name), cancellationToken);
        if (history.Count == 0) return Unknown(name);
        return new PluginSummary(
            name,
            Plugin.From(history.Select(fact => fact.Event)),
            [.. history.Where(fact => fact.Event is PluginRegistered or PluginCapabilityGranted { Pipeline: null } or PluginCapabilityRevoked or PluginDisabled or PluginEnabled or PluginRemoved)],
            folders.ListVersions(name));
    }

    /// <summary>The error where nothing is on record.</summary>
    internal static Error Unknown(string name) => new(ErrorCodes.NotFound, $"no plugin '{name}' is registered here or was ever used here");
}
