using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;
using ZiggyCreatures.Caching.Fusion.Internals;
using ZiggyCreatures.Caching.Fusion.Internals.Distributed;
using ZiggyCreatures.Caching.Fusion.Serialization;

namespace FlexCore.Infrastructure.Caching;

/// <summary>
/// Values as they lie in Redis: the length of what is known of them, that as JSON, and the value as JSON. What was removed or is in doubt is not there, and neither is what cannot be read.
/// </summary>
internal sealed class CacheSerializer(JsonSerializerOptions json, Removals removals) : IFusionCacheSerializer
{
    public byte[] Serialize<T>(T? obj)
    {
        var entry = (FusionCacheDistributedEntry<Kept>)(object)obj!;
        var kept = entry.Value;
        var header = JsonSerializer.SerializeToUtf8Bytes(
            new KeptHeader(kept.Key, kept.AskedAt, kept.Node, kept.Tags, kept.FreshUntil, kept.KeptUntil)
            {
                Timestamp = entry.Timestamp, EndsAt = entry.LogicalExpirationTimestamp, IsStale = entry.Metadata?.IsStale ?? false, RefreshAt = entry.Metadata?.EagerExpirationTimestamp,
            },
            KeptHeaderJson.Default.KeptHeader);
        var value = kept.TakeJson(json);
        var bytes = new byte[sizeof(int) + header.Length + value.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, sizeof(int));
        value.CopyTo(bytes, sizeof(int) + header.Length);
        return bytes;
    }

    public T? Deserialize<T>(byte[] data) => Read(data) is { } entry && removals.Judge(entry.Value) == Standing.Good ? (T)(object)entry : default;

    public ValueTask<byte[]> SerializeAsync<T>(T? obj, CancellationToken token = default) => new(Serialize(obj));

    public ValueTask<T?> DeserializeAsync<T>(byte[] data, CancellationToken token = default) => new(Deserialize<T>(data));

    private static FusionCacheDistributedEntry<Kept>? Read(byte[] bytes)
    {
        if (bytes.Length < sizeof(int)) return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (length < 0 || length > bytes.Length - sizeof(int)) return null;
        try
        {
            if (JsonSerializer.Deserialize(bytes.AsSpan(sizeof(int), length), KeptHeaderJson.Default.KeptHeader) is not { } header) return null;
            var kept = Kept.Of(header, bytes[(sizeof(int) + length)..]);
            return new FusionCacheDistributedEntry<Kept>(
                kept, header.Timestamp, header.EndsAt, tags: null, new FusionCacheEntryMetadata(header.IsStale, header.RefreshAt, null, null, kept.Size, null));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(KeptHeader))]
internal sealed partial class KeptHeaderJson : JsonSerializerContext;
