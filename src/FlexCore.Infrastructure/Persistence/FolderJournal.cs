using System.Buffers;
using System.Text.Json;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>What a unit of work is about to do to the files of a folder. Once it is there, all of it is done, by whom ever.</summary>
internal static class FolderJournal
{
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = Entity.DeepestDocument + 3 };

    public static ReadOnlySpan<byte> Write(IReadOnlyList<EntityChange> changes)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartArray();
            foreach (var change in changes)
            {
                writer.WriteStartObject();
                writer.WriteString("kind"u8, change.Kind);
                writer.WriteString("id"u8, change.Id);
                writer.WritePropertyName("document"u8);
                if (change.Entity is { } entity) writer.WriteRawValue(entity.Document.Span, skipInputValidation: true);
                else writer.WriteNullValue();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        return bytes.WrittenSpan;
    }

    /// <exception cref="FlexCoreException">It is not what <see cref="Write"/> makes.</exception>
    public static IReadOnlyList<(string Kind, string Id, ReadOnlyMemory<byte>? Document)> Read(string path)
    {
        try
        {
            using var journal = JsonDocument.Parse(File.ReadAllBytes(path), Reading);
            return [.. journal.RootElement.EnumerateArray().Select(change => ChangeOf(change, path))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FlexCoreException)
        {
            throw DurableFiles.Unusable($"{path}: not a journal: {e.Message}", e);
        }
    }

    private static (string Kind, string Id, ReadOnlyMemory<byte>? Document) ChangeOf(JsonElement change, string path)
    {
        var (kind, id, document) = (change.GetProperty("kind").GetString()!, change.GetProperty("id").GetString()!, change.GetProperty("document"));
        EntityRules.CheckKind(kind);
        EntityRules.CheckId(id);
        return (kind, id, document.ValueKind == JsonValueKind.Null ? default(ReadOnlyMemory<byte>?) : EntityDocument.Canonical(document, path));
    }
}
