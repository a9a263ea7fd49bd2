using System.Text.Json;
using FlexCore.Plugins.Json;

namespace FlexCore.Plugins.Transforms;

/// <summary>What is known of each record stream that one map has seen a schema of.</summary>
internal sealed class StreamShapes
{
    private readonly Utf8Table<StreamShape> _shapes = new();

    /// <summary>Remembers the newest shape of a message's stream.</summary>
    public void Set(JsonTape message, StreamShape shape) => _shapes.Set(Stream(message), shape);

    /// <summary>The shape of a message's stream.</summary>
    public StreamShape Find(JsonTape message) => _shapes.Find(Stream(message)) ?? StreamShape.Unknown;

    private static ReadOnlySpan<byte> Stream(JsonTape message) =>
        message.Find(JsonTape.Root, "stream"u8) is var stream and >= 0 && message.Type(stream) == JsonTokenType.String ? message.Text(stream) : default;
}
