namespace FlexCore.Domain.Plugins;

/// <summary>A plugin as somebody names it: <c>NAME</c>, or <c>NAME@VERSION</c> for a version that is registered.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="Version">The version; null for the one that is in use.</param>
public sealed record PluginReference(string Name, string? Version)
{
    private const char Mark = '@';

    /// <summary>Reads a name; null where the text is none.</summary>
    public static PluginReference? Parse(string text)
    {
        var at = text.IndexOf(Mark, StringComparison.Ordinal);
        var read = at < 0 ? new PluginReference(text, Version: null) : new PluginReference(text[..at], text[(at + 1)..]);
        return Names.IsValid(read.Name) && (read.Version is null || (read.Version.Length > 0 && Printable.Escape(read.Version) == read.Version)) ? read : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Version is null ? Name : $"{Name}{Mark}{Version}";
}
