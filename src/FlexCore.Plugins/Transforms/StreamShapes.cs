using System.Text;
using System.Text.Json;
using FlexCore.Plugins.Json;

namespace FlexCore.Plugins.Transforms;

/// <summary>What is known of each record stream that one map has seen a schema of.</summary>
internal sealed class StreamShapes
{
    private readonly Dictionary<string, StreamShape> _shapes = new(StringComparer.Ordinal);
    private byte[] _lastName = [];
    private StreamShape _last = StreamShape.Unknown;

    /// <summary>Remembers the newest shape of a message's stream.</summary>
    public void Set(JsonTape message, StreamShape shape)
    {
        _shapes[Encoding.UTF8.GetString(Stream(message))] = shape;
        (_lastName, _last) = (Stream(message).ToArray(), shape);
    }

    /// <summary>The shape of a message's stream. Allocates only when the stream changes, which it seldom does.</summary>
    public StreamShape Find(JsonTape message)
    {
        var stream = Stream(message);
        if (stream.SequenceEqual(_lastName)) return _last;
        (_lastName, _last) = (stream.ToArray(), _shapes.GetValueOrDefault(Encoding.UTF8.GetString(stream), StreamShape.Unknown));
        return _last;
    }

    private static ReadOnlySpan<byte> Stream(JsonTape message) =>
        message.Find(JsonTape.Root, "stream"u8) is var stream and >= 0 && message.Type(stream) == JsonTokenType.String ? message.Text(stream) : default;
}
