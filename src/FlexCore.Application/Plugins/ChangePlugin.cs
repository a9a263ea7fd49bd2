using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>Lets no run begin with a plugin, wherever it is found; what runs goes on.</summary>
/// <param name="Plugin">Its name.</param>
/// <param name="Reason">For those who wonder later.</param>
public sealed record DisablePlugin(string Plugin, string? Reason) : ICommand<PluginSummary>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>Lets runs begin with a plugin again.</summary>
/// <param name="Plugin">Its name.</param>
public sealed record EnablePlugin(string Plugin) : ICommand<PluginSummary>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>Ends the registration of a plugin with its standing grants, and removes the copies of this machine; what runs goes on as far as it has its files.</summary>
/// <param name="Plugin">Its name; <c>NAME@VERSION</c> removes only the copies of a version that is not in use, and nothing is ended.</param>
public sealed record RemovePlugin(string Plugin) : ICommand<PluginSummary>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>Changes whether plugins may run.</summary>
public sealed class ChangePlugin(IPluginFolders folders, IEventLog log)
    : IHandler<DisablePlugin, PluginSummary>, IHandler<EnablePlugin, PluginSummary>, IHandler<RemovePlugin, PluginSummary>
{
    /// <inheritdoc/>
    public Task<Result<PluginSummary>> HandleAsync(DisablePlugin request, Caller caller, CancellationToken cancellationToken) =>
        ChangeAsync(request.Plugin, known => known.Disable(request.Reason), caller, cancellationToken);

    /// <inheritdoc/>
    public Task<Result<PluginSummary>> HandleAsync(EnablePlugin request, Caller caller, CancellationToken cancellationToken) =>
        ChangeAsync(request.Plugin, known => known.Enable(), caller, cancellationToken);

    /// <inheritdoc/>
    public async Task<Result<PluginSummary>> HandleAsync(RemovePlugin request, Caller caller, CancellationToken cancellationToken)
    {
        if (PluginReference.Parse(request.Plugin) is { Version: not null } version) return await RemoveVersionAsync(version, caller, cancellationToken);

        // On record first: from then on every node refuses its copy.
        var removed = await ChangeAsync(request.Plugin, known => known.Remove(), caller, cancellationToken);
        if (!removed.IsSuccess) return removed;
        if (!removed.Value.Plugin.IsRemoved)
            return new Error(ErrorCodes.NotFound, $"plugin {Printable.Escape(request.Plugin)} is not registered here", SpecificRemedy: "One of a project's plugins/ folder is removed there; `flexcore plugin disable NAME` lets no run begin with it.");
        await folders.RemoveAsync(request.Plugin);
        return removed;
    }

    private async Task<Result<PluginSummary>> RemoveVersionAsync(PluginReference plugin, Caller caller, CancellationToken cancellationToken)
    {
        var kept = folders.ListVersions(plugin.Name).Where(kept => kept.Version == plugin.Version).ToList();
        if (kept.Count > 0 && kept.TrueForAll(copy => copy.IsInUse))
            return new Error(ErrorCodes.UsageInvalid, $"version {Printable.Escape(plugin.Version!)} of plugin {plugin.Name} is in use", SpecificRemedy: $"`flexcore plugin remove {plugin.Name}` ends the registration with all versions; `flexcore plugin upgrade` has another one be used.");
        return await folders.RemoveVersionAsync(plugin) > 0
            ? await new ShowPluginHandler(log, folders).HandleAsync(new ShowPlugin(plugin.Name), caller, cancellationToken)
            : new Error(ErrorCodes.NotFound, $"there is no version {Printable.Escape(plugin.Version!)} of plugin {plugin.Name} here");
    }

    private async Task<Result<PluginSummary>> ChangeAsync(string name, Func<Plugin, IDomainEvent?> decide, Caller caller, CancellationToken cancellationToken)
    {
        var show = new ShowPluginHandler(log, folders);
        var stream = EventStreams.Plugin(name);
        var history = await log.ReadAsync(stream, cancellationToken);
        if (history.Count == 0) return ShowPluginHandler.Unknown(name);
        if (decide(Plugin.From(history.Select(fact => fact.Event))) is { } decided) await log.AppendAsync(stream, history.Count, [decided], EventContext.Of(caller), cancellationToken);
        return await show.HandleAsync(new ShowPlugin(name), caller, cancellationToken);
    }
}
