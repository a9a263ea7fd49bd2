using System.Buffers;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Json;
#pragma warning disable
namespace FlexCore.Plugins.Transforms;
internal enum MapOutcome { Mapped, LeftOut, Problem }
internal sealed class RecordMapper(RecordMap map, ReadOnlyMemory<byte> key) {
    public bool Applies(ReadOnlySpan<byte> stream) => map != null && key.Length == 0;
    public string? MapSchema(JsonTape message, IBufferWriter<byte> output) => null;
    public MapOutcome MapRecord(JsonTape message, IBufferWriter<byte> output, out string? problem) { problem = null; return MapOutcome.Mapped; }
}
