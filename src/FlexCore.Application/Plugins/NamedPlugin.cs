using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>Finds a plugin that somebody names to have something done with it alone.</summary>
internal static class NamedPlugin
{
    /// <summary>The plugin that a pipeline of the project would get by that name.</summary>
    /// <param name="folders">Where plugins are.</param>
    /// <param name="name">Its name.</param>
    /// <param name="kind">What it has to be.</param>
    /// <param name="why">Why, for people.</param>
    /// <param name="remedy">What to do with one that is something else.</param>
    public static Result<PluginManifest> FindOf(this IPluginFolders folders, string name, PluginKind kind, string why, string remedy)
    {
        if (folders.Find(name) is not { } found) return new Error(ErrorCodes.PluginNotFound, $"there is no plugin '{Printable.Escape(name)}', neither in the project's plugins/ folder nor registered");
        return found.IsSuccess && found.Value is { } other && other.Kind != kind
            ? new Error(ErrorCodes.PluginWrongKind, $"plugin {other.Name} is a {other.Kind.ToString().ToLowerInvariant()}; {why}", SpecificRemedy: remedy)
            : found;
    }
}
