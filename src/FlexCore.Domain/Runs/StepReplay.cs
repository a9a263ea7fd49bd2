using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Domain.Runs;

/// <summary>Dead letters that a run sends again through their step, instead of running its pipeline.</summary>
/// <param name="Step">The sync that put them aside.</param>
/// <param name="Stage">The stage of the step that they begin with.</param>
/// <param name="Letters">Which, in their order.</param>
public sealed record StepReplay(string Step, int Stage, IReadOnlyList<Guid> Letters)
{
    /// <summary>What of a pipeline runs for it: that step alone.</summary>
    public Result<PipelineDefinition> Cut(PipelineDefinition pipeline)
    {
        if (pipeline.Steps.OfType<SyncStep>().FirstOrDefault(step => step.Id == Step) is not { } sync)
            return new Error(ErrorCodes.UnknownStep, $"pipeline {pipeline.Name} has no sync '{Step}' any more");
        if (!sync.HasFlowFrom(Stage))
            return new Error(
                ErrorCodes.NotFound,
                $"step {sync.Id} of pipeline {pipeline.Name} has no mapper any more whose output goes on at stage {Stage} of 'through', where these dead letters were put aside",
                SpecificRemedy: "Bring the mapper back to its place, or discard them with `flexcore deadletters discard`.");
        return pipeline with { Steps = [sync with { Needs = [] }] };
    }
}
