using FlexCore.Domain.Pipelines;

namespace FlexCore.Plugins.Sync;

/// <summary>One flow of a sync: from a tap or mapper to the next mapper or the targets.</summary>
/// <param name="Source">The tap or mapper.</param>
/// <param name="Stage">Index in <c>through</c> of its first stage.</param>
/// <param name="Maps">What happens inside the runtime on the way.</param>
/// <param name="Validates">Whether records are looked at before the maps: those of the tap are, against its own schema.</param>
internal sealed record FlowPlan(PluginUse Source, int Stage, IReadOnlyList<RecordMap> Maps, bool Validates)
{
    /// <summary>The flows of a step, from the tap on.</summary>
    public static IReadOnlyList<FlowPlan> Of(SyncStep step)
    {
        var flows = new List<FlowPlan>();
        var source = step.From;
        var first = 0;
        for (var stage = 0; stage <= step.Through.Count; stage++)
        {
            var mapper = stage < step.Through.Count ? step.Through[stage] as MapperStage : null;
            if (stage < step.Through.Count && mapper is null) continue;
            var maps = step.Through.Skip(first).Take(stage - first).OfType<MapStage>().Select(map => map.Map).ToList();
            flows.Add(new FlowPlan(source, first, maps, Validates: flows.Count == 0 && step.Validation.Mode != ValidationMode.Off));
            if (mapper is null) break;
            source = mapper.Mapper;
            first = stage + 1;
        }

        return flows;
    }
}
