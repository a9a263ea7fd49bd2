using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>A plugin and what it is exposed to.</summary>
/// <param name="Manifest">The plugin as a pipeline would find it now.</param>
/// <param name="IsRegistered">Whether that is the registered copy.</param>
/// <param name="Report">What it is exposed to.</param>
public sealed record AuditedPlugin(PluginManifest Manifest, bool IsRegistered, ExposureReport Report);

/// <summary>Tells how bad it would be if a plugin meant harm, from what it was granted wherever it is used and what it got at each place.</summary>
public sealed class AuditPlugins(IPluginFolders folders, IEventLog log, WrittenLimits caps)
{
    /// <summary>Audits one plugin, or all of the project and of the data directory; the most exposed first.</summary>
    /// <param name="name">The plugin; null for all.</param>
    /// <param name="host">Places of this machine that weigh more than others.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async Task<Result<IReadOnlyList<AuditedPlugin>>> HandleAsync(string? name, HostPlaces host, CancellationToken cancellationToken)
    {
        var audited = new List<AuditedPlugin>();
        var errors = new List<Error>();
        foreach (var candidate in name is null ? folders.ListNames() : [name])
        {
            if (folders.Find(candidate) is not { } found) return new Error(ErrorCodes.NotFound, $"there is no plugin '{candidate}', neither in the project's plugins/ folder nor registered");
            errors.AddRange(found.Errors);
            if (found.IsSuccess) audited.Add(await AuditAsync(found.Value with { Limits = caps.Lower(found.Value.Limits) }, host, cancellationToken));
        }

        if (errors.Count > 0) return errors.ToArray();
        audited.Sort((one, other) => other.Report.Tenths.CompareTo(one.Report.Tenths));
        return audited.ToArray();
    }

    private async Task<AuditedPlugin> AuditAsync(PluginManifest manifest, HostPlaces host, CancellationToken cancellationToken)
    {
        var known = await log.ReadPluginAsync(manifest.Name, cancellationToken);
        var isRegistered = known.Registered?.Folder == manifest.Folder;
        var granted = known.Places.Aggregate(isRegistered ? known.Standing : Grant.None, (all, place) => all.Union(place.Grant));
        return new AuditedPlugin(manifest, isRegistered, ExposureReport.Of(manifest, granted, new PluginPinning(isRegistered, !isRegistered && folders.IsWritableByAnybody(manifest)), host));
    }
}
