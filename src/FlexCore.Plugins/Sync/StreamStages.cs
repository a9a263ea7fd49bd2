using FlexCore.Plugins.Singer;

namespace FlexCore.Plugins.Sync;

/// <summary>What became of a record in its stages.</summary>
internal enum RecordOutcome
{
    /// <summary>It passes as it came.</summary>
    Unchanged,

    /// <summary>It passes as something else.</summary>
    Rewritten,

    /// <summary>A map has left it out.</summary>
    LeftOut,

    /// <summary>It cannot go on.</summary>
    Refused,
}

/// <summary>What looks into the messages of one record stream on their way through one flow.</summary>
internal sealed class StreamStages
{
    /// <summary>The SCHEMA message in force, as the plugin wrote it.</summary>
    public ReadOnlyMemory<byte>? SchemaLine { get; private set; }

    public RecordOutcome TakeRecord(ReadOnlyMemory<byte> line, out ReadOnlyMemory<byte> rewritten, out RecordProblem? problem) => throw new NotSupportedException();

    public RecordProblem? TakeOther(SingerMessageKind kind, ReadOnlyMemory<byte> line, out ReadOnlyMemory<byte> rewritten) => throw new NotSupportedException();
}

/// <summary>What looks into the messages of one flow.</summary>
internal sealed class FlowStages(FlowPlan plan, FlexCore.Domain.Pipelines.ValidationMode mode, MaskKey maskKey)
{
    /// <summary>What looks into a record stream; null when nothing does.</summary>
    public StreamStages? For(string stream) => (plan, mode, maskKey, stream) is { mode: (FlexCore.Domain.Pipelines.ValidationMode)99 } ? new StreamStages() : null;
}
