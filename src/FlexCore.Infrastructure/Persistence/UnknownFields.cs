using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>Keeps what a newer program, or a person, has put into a document and the type of this one does not know: in the document, and in objects within it. Not within arrays, whose items have no names to find them by.</summary>
internal static class UnknownFields
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>The value as JSON, with what the document that it replaces has beyond its type.</returns>
    public static ReadOnlyMemory<byte> Merge<T>(Entity? original, T value, JsonTypeInfo<T> type)
    {
        var written = JsonSerializer.SerializeToUtf8Bytes(value, type);
        if (original is null) return written;
        using var before = JsonDocument.Parse(original.Document);
        using var after = JsonDocument.Parse(written);
        if (after.RootElement.ValueKind != JsonValueKind.Object) return written;
        var bytes = new ArrayBufferWriter<byte>(written.Length);
        using (var writer = new Utf8JsonWriter(bytes, Compact)) Write(before.RootElement, after.RootElement, type, writer);
        return bytes.WrittenMemory;
    }

    private static void Write(JsonElement before, JsonElement after, JsonTypeInfo type, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (var member in after.EnumerateObject())
        {
            writer.WritePropertyName(member.Name);
            if (member.Value.ValueKind == JsonValueKind.Object && Inner(type, member.Name) is { } inner && before.TryGetProperty(member.Name, out var old) && old.ValueKind == JsonValueKind.Object) Write(old, member.Value, inner, writer);
            else member.Value.WriteTo(writer);
        }

        // A type that takes what it does not know decides itself what becomes of it.
        if (!type.Properties.Any(property => property.IsExtensionData))
        {
            foreach (var member in before.EnumerateObject())
            {
                if (IsKnown(type, member.Name) || after.TryGetProperty(member.Name, out _)) continue;
                writer.WritePropertyName(member.Name);
                member.Value.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    private static bool IsKnown(JsonTypeInfo type, string name) => type.Properties.Any(property => property.Name == name);

    /// <summary>The type of an object that is a member; null of what has keys of its own, as a dictionary.</summary>
    private static JsonTypeInfo? Inner(JsonTypeInfo type, string name) =>
        type.Properties.FirstOrDefault(property => property.Name == name) is { } property && type.Options.TryGetTypeInfo(property.PropertyType, out var inner) && inner.Kind == JsonTypeInfoKind.Object ? inner : null;
}
