using System.Text.Json.Serialization;

namespace FlexCore.EventStore.Tests.Snapshots;

/// <summary>What a fold of the tests makes of a stream.</summary>
public sealed record Counted(long Events, string Last)
{
    public static Counted None { get; } = new(0, "");
}

[JsonSerializable(typeof(Counted))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
