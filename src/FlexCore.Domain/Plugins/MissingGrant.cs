using FlexCore.Domain.Errors;

namespace FlexCore.Domain.Plugins;

/// <summary>A plugin asks for what nobody has granted, so that the pipeline cannot run.</summary>
public sealed record MissingGrant : Error
{
    /// <summary>Creates the error.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="pipeline">The pipeline that wants it.</param>
    /// <param name="missing">What it asks and was not granted.</param>
    /// <param name="location">Where the pipeline names the plugin.</param>
    /// <param name="remedy">How to grant it.</param>
    public MissingGrant(string plugin, string pipeline, Grant missing, SourceLocation location, string remedy)
        : base(ErrorCodes.GrantMissing, $"plugin {plugin} asks for what nobody has granted: {missing}", location, remedy) =>
        Refusal = new PluginRefused(plugin, pipeline, [.. missing.InWords()]);

    /// <summary>What is put on record when a run is refused for it.</summary>
    public PluginRefused Refusal { get; }
}
