using System.Text;
using System.Text.Json;
using FlexCore.Sdk.Messages;
using FlexCore.Sdk.Taps;

namespace FlexCore.Connectors.JsonLines;

/// <summary>Copies records as they are written, so that no digit changes, without the fields that nobody wants.</summary>
internal sealed class SelectedFields(TapStream stream, IReadOnlyList<string> fields)
{
    private const int MaxDepth = 256;

    private readonly byte[][] _left = [.. stream.Schema["properties"]!.AsObject().Select(property => property.Key).Except(fields, StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes)];

    /// <exception cref="JsonException">It is not a JSON object.</exception>
    public void Write(ReadOnlySpan<byte> record, SingerBuffer buffer)
    {
        var reader = new Utf8JsonReader(record, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("it begins with something else");
        if (_left.Length == 0)
        {
            while (reader.Read())
            {
            }

            buffer.Append(record);
            return;
        }

        buffer.Append((byte)'{');
        var isFirst = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var begin = (int)reader.TokenStartIndex;
            var isLeft = IsLeft(ref reader);
            reader.Read();
            reader.Skip();
            if (isLeft) continue;
            if (!isFirst) buffer.Append((byte)',');
            buffer.Append(record[begin..(int)reader.BytesConsumed]);
            isFirst = false;
        }

        while (reader.Read())
        {
        }

        buffer.Append((byte)'}');
    }

    private bool IsLeft(scoped ref Utf8JsonReader reader)
    {
        foreach (var name in _left)
        {
            if (reader.ValueTextEquals(name)) return true;
        }

        return false;
    }
}
