using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>A plugin and what it is exposed to.</summary>
/// <param name="Manifest">The plugin as a pipeline would find it now.</param>
/// <param name="IsRegistered">Whether that is the registered copy.</param>
/// <param name="Report">What it is exposed to.</param>
public sealed record AuditedPlugin(PluginManifest Manifest, bool IsRegistered, ExposureReport Report);

/// <summary>How bad it would be if a plugin meant harm, or each of the project and of the data directory; the most exposed first.</summary>
/// <param name="Name">The plugin; null for all.</param>
public sealed record AuditPlugins(string? Name) : IQuery<IReadOnlyList<AuditedPlugin>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;
}

/// <summary>Tells it from what a plugin was granted wherever it is used and what it got at each place.</summary>
/// <param name="folders">Where plugins are.</param>
/// <param name="log">What they were granted.</param>
/// <param name="caps">What limits they have at most.</param>
/// <param name="host">Places of this machine that weigh more than others.</param>
public sealed class AuditPluginsHandler(IPluginFolders folders, IEventLog log, WrittenLimits caps, HostPlaces host) : IHandler<AuditPlugins, IReadOnlyList<AuditedPlugin>>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<AuditedPlugin>>> HandleAsync(AuditPlugins request, Caller caller, CancellationToken cancellationToken)
    {
        var name = request.Name;
        var audited = new List<AuditedPlugin>();
        var errors = new List<Error>();
        foreach (var candidate in name is null ? folders.ListNames() : [name])
        {
            if (folders.Find(candidate) is not { } found) return new Error(ErrorCodes.NotFound, $"there is no plugin '{Domain.Printable.Escape(candidate)}', neither in the project's plugins/ folder nor registered");
            errors.AddRange(found.Errors);
            if (found.IsSuccess) audited.Add(await AuditAsync(found.Value with { Limits = caps.Lower(found.Value.Limits) }, cancellationToken));
        }

        if (errors.Count > 0) return errors.ToArray();
        audited.Sort((one, other) => other.Report.Tenths.CompareTo(one.Report.Tenths));
        return audited.ToArray();
    }

    private async Task<AuditedPlugin> AuditAsync(PluginManifest manifest, CancellationToken cancellationToken)
    {
        var known = await log.ReadPluginAsync(manifest.Name, cancellationToken);
        var isRegistered = known.Registered is { } registered && registered.Folder == manifest.RegisteredFolder;
        var granted = known.Places.Aggregate(isRegistered ? known.Standing : Grant.None, (all, place) => all.Union(place.Grant));
        return new AuditedPlugin(manifest, isRegistered, ExposureReport.Of(manifest, granted, new PluginPinning(isRegistered, !isRegistered && folders.IsWritableByAnybody(manifest)), host));
    }
}
