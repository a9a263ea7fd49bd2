using System.Text.Json;
using FlexCore.Domain;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Application.Pipelines;

/// <summary>What differs between two definitions, in the unified form of <c>diff -u</c>.</summary>
/// <param name="write">Writes a definition as people do.</param>
public sealed class DefinitionDiff(Func<JsonElement, string> write)
{
    /// <summary>The lines; none when the definitions are the same.</summary>
    /// <param name="older">Null for one that is not there.</param>
    /// <param name="newer">The other.</param>
    public IReadOnlyList<string> Between(PipelineVersion? older, PipelineVersion newer)
    {
        var hunks = LineDiff.Between(Lines(older), Lines(newer)).Select(Printable.Escape).ToList();
        return hunks.Count == 0 ? [] : [$"--- {Title(older)}", $"+++ {Title(newer)}", .. hunks];
    }

    private static string Title(PipelineVersion? version) => version is null ? "nothing on record" : $"version {version.Number} ({Printable.Escape(version.File)})";

    private string[] Lines(PipelineVersion? version) => version is null ? [] : write(version.Definition).TrimEnd('\n').Split('\n');
}
