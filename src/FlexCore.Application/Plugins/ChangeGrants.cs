using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>Grants a registered plugin what it asks for, wherever it is used.</summary>
/// <param name="Plugin">Its name.</param>
/// <param name="Wanted">Out of what it asks; null is all of it.</param>
/// <param name="Folder">Where relative paths begin; null where none may be relative.</param>
public sealed record GrantCapabilities(string Plugin, Grant? Wanted, string? Folder = null) : ICommand<GrantChange>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>Takes back what was granted with <see cref="GrantCapabilities"/>.</summary>
/// <param name="Plugin">Its name.</param>
/// <param name="Unwanted">Out of what it was granted; null is all of it.</param>
/// <param name="Folder">Where relative paths begin; null where none may be relative.</param>
public sealed record RevokeCapabilities(string Plugin, Grant? Unwanted, string? Folder = null) : ICommand<GrantChange>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>What became of a plugin's standing grants.</summary>
/// <param name="Changed">What was granted or revoked that was not before.</param>
/// <param name="Plugin">The plugin after that.</param>
public sealed record GrantChange(Grant Changed, Plugin Plugin);

/// <summary>Changes standing grants.</summary>
/// <param name="log">Where they are.</param>
/// <param name="read">Brings capabilities that somebody has written into the form in which they can be compared; relative paths from a folder on.</param>
public sealed class ChangeGrants(IEventLog log, Func<Grant, string?, Result<Grant>> read) : IHandler<GrantCapabilities, GrantChange>, IHandler<RevokeCapabilities, GrantChange>
{
    /// <inheritdoc/>
    public Task<Result<GrantChange>> HandleAsync(GrantCapabilities request, Caller caller, CancellationToken cancellationToken) =>
        ChangeAsync(request.Plugin, request.Wanted, request.Folder, (known, wanted) => known.Allow(wanted ?? known.Asked), granted => granted.Grant, caller, cancellationToken);

    /// <inheritdoc/>
    public Task<Result<GrantChange>> HandleAsync(RevokeCapabilities request, Caller caller, CancellationToken cancellationToken) =>
        ChangeAsync(request.Plugin, request.Unwanted, request.Folder, (known, unwanted) => known.Revoke(unwanted ?? known.Standing), revoked => revoked.Grant, caller, cancellationToken);

    private async Task<Result<GrantChange>> ChangeAsync<T>(
        string name, Grant? written, string? folder, Func<Plugin, Grant?, Result<T>> decide, Func<T, Grant> changed, Caller caller, CancellationToken cancellationToken)
        where T : IDomainEvent
    {
        var named = written is null ? null : read(written, folder);
        if (named is { IsSuccess: false }) return named.Errors.ToArray();
        var stream = EventStreams.Plugin(name);
        var history = await log.ReadAsync(stream, cancellationToken);
        if (history.Count == 0) return ShowPluginHandler.Unknown(name);
        var plugin = Plugin.From(history.Select(fact => fact.Event));
        var decided = decide(plugin, named?.Value);
        if (!decided.IsSuccess) return decided.Errors.ToArray();
        if (changed(decided.Value).IsEmpty) return new GrantChange(Grant.None, plugin);

        // What was decided on what it asked must not meet a version that was registered meanwhile.
        await log.AppendAsync(stream, history.Count, [decided.Value], EventContext.Of(caller), cancellationToken);
        return new GrantChange(changed(decided.Value), plugin.Apply(decided.Value));
    }
}
