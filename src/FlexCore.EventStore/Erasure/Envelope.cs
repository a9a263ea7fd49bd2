using System.Buffers;
using System.Text;
using System.Text.Json;

namespace FlexCore.EventStore.Erasure;

/// <summary>
/// The data of an event as the log has them when they are personal: <c>{"$protected":1,"key":…,"data":…}</c>, and as a reader gets them when the key
/// was destroyed: <c>{"$erased":1,"key":…}</c>. No name of a subject stands there: it would stand there for ever.
/// </summary>
/// <param name="Key">The id of the key.</param>
/// <param name="Box">Nonce, ciphertext and tag.</param>
internal sealed record Envelope(Guid Key, byte[] Box)
{
    private const string ProtectedMember = "$protected";
    private const string ErasedMember = "$erased";
    private const string KeyMember = "key";
    private const string DataMember = "data";
    private const int Format = 1;

    public static bool IsProtected(ReadOnlySpan<byte> data) => data.StartsWith("{\"$protected\":"u8);

    public static bool IsErased(ReadOnlySpan<byte> data) => data.StartsWith("{\"$erased\":"u8);

    /// <summary>What a box is about: it opens for no other event.</summary>
    public static byte[] About(Guid id, string type) => [.. id.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(type)];

    /// <returns>Null when these are no data that we have written.</returns>
    public static Envelope? Read(ReadOnlyMemory<byte> data)
    {
        try
        {
            using var json = JsonDocument.Parse(data);
            return json.RootElement.TryGetProperty(ProtectedMember, out var format) && format.TryGetInt32(out var number) && number == Format
                && json.RootElement.TryGetProperty(KeyMember, out var key) && key.TryGetGuid(out var id)
                && json.RootElement.TryGetProperty(DataMember, out var content) && content.TryGetBytesFromBase64(out var box)
                    ? new Envelope(id, box)
                    : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or members of another kind.
            return null;
        }
    }

    public byte[] Write() => Write(ProtectedMember, Key, Box);

    public static byte[] WriteErased(Guid key) => Write(ErasedMember, key, box: null);

    private static byte[] Write(string kind, Guid key, byte[]? box)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber(kind, Format);
            json.WriteString(KeyMember, key);
            if (box is not null) json.WriteBase64String(DataMember, box);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
