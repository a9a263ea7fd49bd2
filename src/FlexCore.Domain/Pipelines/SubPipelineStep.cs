using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Domain.Pipelines;

/// <summary>Runs another pipeline, as a run of its own, and waits for its end.</summary>
/// <param name="Id">Unique in the pipeline.</param>
/// <param name="Needs">Steps that must have ended before.</param>
/// <param name="Pipeline">The other pipeline, which is on record.</param>
/// <param name="Vars">The variables that it sets, as <c>--set</c> would; by what the run knows then. Throws <see cref="FlexCoreException"/> where an earlier step has not left what they need.</param>
/// <param name="VarNames">Their names.</param>
/// <param name="At">Where it names the other pipeline.</param>
public sealed record SubPipelineStep(
    string Id, IReadOnlyList<string> Needs, string Pipeline, Func<RunState, IReadOnlyDictionary<string, string>> Vars, IReadOnlyList<string> VarNames, SourceLocation At)
    : Step(Id, Needs)
{
    /// <summary>How many pipelines may run within each other.</summary>
    public const int MostLevels = 8;

    /// <inheritdoc/>
    public override IReadOnlyList<PluginUse> Plugins => [];
}
