using FlexCore.Application.Bus;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>Registers a plugin: its files are copied into the data directory, so that later edits do not reach what runs. An older version is replaced; of its grants it keeps what it still asks for.</summary>
/// <param name="Source">A folder or an archive.</param>
public sealed record RegisterPlugin(string Source) : ICommand<AddedPlugin>
{
    /// <summary>What its install is granted, each <c>host:port</c>.</summary>
    public IReadOnlyList<string> Net { get; init; } = [];

    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>The same of an archive that is sent.</summary>
/// <param name="Archive">A zip, tar or tar.gz; it is read once.</param>
public sealed record RegisterSentPlugin(Stream Archive) : ICommand<AddedPlugin>
{
    /// <inheritdoc cref="RegisterPlugin.Net"/>
    public IReadOnlyList<string> Net { get; init; } = [];

    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>Registers another version of a plugin that is registered; of its grants it keeps what it still asks for. Other files of the same kind, or it is refused and nothing changes.</summary>
/// <param name="Plugin">Its name.</param>
/// <param name="Source">A folder or an archive.</param>
public sealed record UpgradePlugin(string Plugin, string Source) : ICommand<AddedPlugin>
{
    /// <inheritdoc cref="RegisterPlugin.Net"/>
    public IReadOnlyList<string> Net { get; init; } = [];

    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>The same of an archive that is sent.</summary>
/// <param name="Plugin">Its name.</param>
/// <param name="Archive">A zip, tar or tar.gz; it is read once.</param>
public sealed record UpgradeSentPlugin(string Plugin, Stream Archive) : ICommand<AddedPlugin>
{
    /// <inheritdoc cref="RegisterPlugin.Net"/>
    public IReadOnlyList<string> Net { get; init; } = [];

    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>A plugin that was registered.</summary>
/// <param name="Manifest">That of the copy.</param>
/// <param name="Waiting">What it asks for beyond its standing grants.</param>
public sealed record AddedPlugin(PluginManifest Manifest, Grant Waiting);

/// <summary>Registers plugins.</summary>
/// <param name="folders">Where plugins are.</param>
/// <param name="log">What is on record of them.</param>
/// <param name="isolation">What keeps their installs apart.</param>
/// <param name="read">Brings capabilities that somebody has written into the form in which they can be compared.</param>
/// <param name="caps">What limits plugins have at most.</param>
/// <param name="say">Told what an install does.</param>
public sealed class RegisterPluginHandler(IPluginFolders folders, IEventLog log, HostIsolation isolation, Func<Grant, string?, Result<Grant>> read, WrittenLimits caps, Action<string> say)
    : IHandler<RegisterPlugin, AddedPlugin>, IHandler<RegisterSentPlugin, AddedPlugin>, IHandler<UpgradePlugin, AddedPlugin>, IHandler<UpgradeSentPlugin, AddedPlugin>
{
    /// <inheritdoc/>
    public async Task<Result<AddedPlugin>> HandleAsync(RegisterPlugin request, Caller caller, CancellationToken cancellationToken) =>
        await RecordAsync(await folders.RegisterAsync(request.Source, fresh => AdmitAsync(upgraded: null, fresh, request.Net, cancellationToken), cancellationToken), caller, cancellationToken);

    /// <inheritdoc/>
    public async Task<Result<AddedPlugin>> HandleAsync(RegisterSentPlugin request, Caller caller, CancellationToken cancellationToken) =>
        await RecordAsync(await folders.RegisterAsync(request.Archive, fresh => AdmitAsync(upgraded: null, fresh, request.Net, cancellationToken), cancellationToken), caller, cancellationToken);

    /// <inheritdoc/>
    public async Task<Result<AddedPlugin>> HandleAsync(UpgradePlugin request, Caller caller, CancellationToken cancellationToken) =>
        await RecordAsync(await folders.RegisterAsync(request.Source, fresh => AdmitAsync(request.Plugin, fresh, request.Net, cancellationToken), cancellationToken), caller, cancellationToken);

    /// <inheritdoc/>
    public async Task<Result<AddedPlugin>> HandleAsync(UpgradeSentPlugin request, Caller caller, CancellationToken cancellationToken) =>
        await RecordAsync(await folders.RegisterAsync(request.Archive, fresh => AdmitAsync(request.Plugin, fresh, request.Net, cancellationToken), cancellationToken), caller, cancellationToken);

    private async Task<Result<InstallTerms>> AdmitAsync(string? upgraded, PluginManifest fresh, IReadOnlyList<string> net, CancellationToken cancellationToken)
    {
        if (upgraded is not null && fresh.Name != upgraded) return new Error(ErrorCodes.UsageInvalid, $"this is plugin {fresh.Name}, and not a version of {Printable.Escape(upgraded)}");
        var granted = read(new Grant([], [], [], net), null);
        if (!granted.IsSuccess) return granted.Errors.ToArray();
        var known = await log.ReadPluginAsync(fresh.Name, cancellationToken);
        if (upgraded is not null && known.RefuseUpgrade(fresh) is { } refused) return refused;
        if (known.RefuseInstall(fresh, granted.Value.Net) is { } missing) return missing;
        if (fresh.Install is not { } install) return new InstallTerms(Isolation.Full, fresh.Limits, say);
        var level = await isolation.RequireForInstallAsync(fresh, cancellationToken);
        return level.IsSuccess ? new InstallTerms(level.Value, caps.Lower(install.Limits), say) : level.Errors.ToArray();
    }

    private async Task<Result<AddedPlugin>> RecordAsync(Result<RegisteredCopy> registered, Caller caller, CancellationToken cancellationToken)
    {
        if (!registered.IsSuccess) return registered.Errors.ToArray();
        var (plugin, install) = registered.Value;
        await log.AppendAsync(EventStreams.Plugin(plugin.Name), expectedVersion: null, [Plugin.Register(plugin, install)], EventContext.Of(caller), cancellationToken);
        return new AddedPlugin(plugin, (await log.ReadPluginAsync(plugin.Name, cancellationToken)).Waiting);
    }
}
