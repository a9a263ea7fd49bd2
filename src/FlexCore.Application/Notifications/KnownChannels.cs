using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Catalog;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Notifications;

/// <summary>The channels of a project: those of its settings, and those of its catalog that have other names.</summary>
/// <param name="settings">The channels of the settings, as they are now.</param>
/// <param name="find">An entry of the catalog, by kind and name; null where there is none.</param>
public sealed class KnownChannels(Func<IReadOnlyDictionary<string, Channel>> settings, Func<string, string, CancellationToken, ValueTask<CatalogEntry?>> find)
{
    /// <summary>Finds a channel.</summary>
    /// <returns>The channel, or why there is none: nobody knows it (<c>ChannelUnknown</c>), or somebody has written into the catalog past FlexCore what is no channel.</returns>
    public async Task<Result<Channel>> FindAsync(string name, CancellationToken cancellationToken)
    {
        var known = settings();
        if (known.TryGetValue(name, out var channel)) return channel;
        if (Names.IsValid(name) && await find(CatalogRules.Channel, name, cancellationToken) is { } entry) return ChannelSettings.Read(name, entry.Document);
        return new Error(ErrorCodes.ChannelUnknown, $"there is no channel '{Printable.Escape(name)}', neither in flexcore.yaml, which has {string.Join(", ", known.Keys.Order(StringComparer.Ordinal).DefaultIfEmpty("none"))}, nor in the catalog");
    }
}
