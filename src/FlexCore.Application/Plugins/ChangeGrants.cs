using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>What became of a plugin's standing grants.</summary>
/// <param name="Changed">What was granted or revoked that was not before.</param>
/// <param name="Plugin">The plugin after that.</param>
public sealed record GrantChange(Grant Changed, Plugin Plugin);

/// <summary>Grants a registered plugin what it asks for, wherever it is used, and takes that back.</summary>
public sealed class ChangeGrants(IEventLog log)
{
    /// <summary>Grants.</summary>
    /// <param name="plugin">Its name.</param>
    /// <param name="wanted">Out of what it asks; null is all of it.</param>
    /// <param name="cancellationToken">Stops before anything is changed.</param>
    public Task<Result<GrantChange>> AllowAsync(string plugin, Grant? wanted, CancellationToken cancellationToken) =>
        ChangeAsync(plugin, known => known.Allow(wanted ?? known.Asked), granted => granted.Grant, cancellationToken);

    /// <summary>Revokes.</summary>
    /// <param name="plugin">Its name.</param>
    /// <param name="unwanted">Out of what it was granted; null is all of it.</param>
    /// <param name="cancellationToken">Stops before anything is changed.</param>
    public Task<Result<GrantChange>> RevokeAsync(string plugin, Grant? unwanted, CancellationToken cancellationToken) =>
        ChangeAsync(plugin, known => known.Revoke(unwanted ?? known.Standing), revoked => revoked.Grant, cancellationToken);

    private async Task<Result<GrantChange>> ChangeAsync<T>(string name, Func<Plugin, Result<T>> decide, Func<T, Grant> changed, CancellationToken cancellationToken)
        where T : IDomainEvent
    {
        var stream = EventStreams.Plugin(name);
        var history = await log.ReadAsync(stream, cancellationToken);
        if (history.Count == 0) return ShowPlugin.Unknown(name);
        var plugin = Plugin.From(history.Select(fact => fact.Event));
        var decided = decide(plugin);
        if (!decided.IsSuccess) return decided.Errors.ToArray();
        if (changed(decided.Value).IsEmpty) return new GrantChange(Grant.None, plugin);

        // What was decided on what it asked must not meet a version that was registered meanwhile.
        await log.AppendAsync(stream, history.Count, [decided.Value], EventContext.New(Guid.CreateVersion7()), cancellationToken);
        return new GrantChange(changed(decided.Value), plugin.Apply(decided.Value));
    }
}
