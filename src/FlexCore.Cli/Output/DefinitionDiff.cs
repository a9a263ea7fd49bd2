using FlexCore.Domain;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins;

namespace FlexCore.Cli.Output;

/// <summary>What differs between two definitions, in the unified form of <c>diff -u</c>.</summary>
internal static class DefinitionDiff
{
    /// <summary>The lines; none when the definitions are the same.</summary>
    /// <param name="older">Null for one that is not there.</param>
    /// <param name="newer">The other.</param>
    public static IEnumerable<string> Between(PipelineVersion? older, PipelineVersion newer)
    {
        var hunks = LineDiff.Between(Lines(older), Lines(newer)).Select(Printable.Escape).ToList();
        return hunks.Count == 0 ? [] : [$"--- {Title(older)}", $"+++ {Title(newer)}", .. hunks];
    }

    private static string Title(PipelineVersion? version) => version is null ? "nothing on record" : $"version {version.Number} ({Printable.Escape(version.File)})";

    private static string[] Lines(PipelineVersion? version) => version is null ? [] : PluginsModule.WriteYaml(version.Definition).TrimEnd('\n').Split('\n');
}
