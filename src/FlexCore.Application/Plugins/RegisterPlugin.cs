using FlexCore.Application.Bus;
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
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>The same of an archive that is sent.</summary>
/// <param name="Archive">A zip, tar or tar.gz; it is read once.</param>
public sealed record RegisterSentPlugin(Stream Archive) : ICommand<AddedPlugin>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>Registers another version of a plugin that is registered; of its grants it keeps what it still asks for. Other files of the same kind, or it is refused and nothing changes.</summary>
/// <param name="Plugin">Its name.</param>
/// <param name="Source">A folder or an archive.</param>
public sealed record UpgradePlugin(string Plugin, string Source) : ICommand<AddedPlugin>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>The same of an archive that is sent.</summary>
/// <param name="Plugin">Its name.</param>
/// <param name="Archive">A zip, tar or tar.gz; it is read once.</param>
public sealed record UpgradeSentPlugin(string Plugin, Stream Archive) : ICommand<AddedPlugin>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>A plugin that was registered.</summary>
/// <param name="Manifest">That of the copy.</param>
/// <param name="Waiting">What it asks for beyond its standing grants.</param>
public sealed record AddedPlugin(PluginManifest Manifest, Grant Waiting);

/// <summary>Registers plugins.</summary>
public sealed class RegisterPluginHandler(IPluginFolders folders, IEventLog log)
    : IHandler<RegisterPlugin, AddedPlugin>, IHandler<RegisterSentPlugin, AddedPlugin>, IHandler<UpgradePlugin, AddedPlugin>, IHandler<UpgradeSentPlugin, AddedPlugin>
{
    /// <inheritdoc/>
    public async Task<Result<AddedPlugin>> HandleAsync(RegisterPlugin request, Caller caller, CancellationToken cancellationToken) =>
        await RecordAsync(await folders.RegisterAsync(request.Source, TakeAsync, cancellationToken), caller, cancellationToken);

    /// <inheritdoc/>
    public async Task<Result<AddedPlugin>> HandleAsync(RegisterSentPlugin request, Caller caller, CancellationToken cancellationToken) =>
        await RecordAsync(await folders.RegisterAsync(request.Archive, TakeAsync, cancellationToken), caller, cancellationToken);

    /// <inheritdoc/>
    public async Task<Result<AddedPlugin>> HandleAsync(UpgradePlugin request, Caller caller, CancellationToken cancellationToken) =>
        await RecordAsync(await folders.RegisterAsync(request.Source, fresh => RefuseUpgradeAsync(request.Plugin, fresh, cancellationToken), cancellationToken), caller, cancellationToken);

    /// <inheritdoc/>
    public async Task<Result<AddedPlugin>> HandleAsync(UpgradeSentPlugin request, Caller caller, CancellationToken cancellationToken) =>
        await RecordAsync(await folders.RegisterAsync(request.Archive, fresh => RefuseUpgradeAsync(request.Plugin, fresh, cancellationToken), cancellationToken), caller, cancellationToken);

    private static Task<Error?> TakeAsync(PluginManifest fresh) => Task.FromResult<Error?>(null);

    private async Task<Error?> RefuseUpgradeAsync(string name, PluginManifest fresh, CancellationToken cancellationToken) => fresh.Name == name
        ? (await log.ReadPluginAsync(name, cancellationToken)).RefuseUpgrade(fresh)
        : new Error(ErrorCodes.UsageInvalid, $"this is plugin {fresh.Name}, and not a version of {Printable.Escape(name)}");

    private async Task<Result<AddedPlugin>> RecordAsync(Result<PluginManifest> copy, Caller caller, CancellationToken cancellationToken)
    {
        if (!copy.IsSuccess) return copy.Errors.ToArray();

        var plugin = copy.Value;
        await log.AppendAsync(
            EventStreams.Plugin(plugin.Name), expectedVersion: null, [Plugin.Register(plugin)], EventContext.Of(caller), cancellationToken);
        return new AddedPlugin(plugin, (await log.ReadPluginAsync(plugin.Name, cancellationToken)).Waiting);
    }
}
