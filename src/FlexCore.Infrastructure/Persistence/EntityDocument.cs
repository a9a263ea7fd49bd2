using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>Documents in the one form that all stores keep and hash. What one of them could not keep, or would compare in another way, is refused by all.</summary>
internal static class EntityDocument
{
    private const int BytesOfVersion = 16;
    private const int LongestNumber = 100;
    private const string HalfCharacter = "has half a character in a text";

    // Indentation and escapes of what was read: a person or git may have put them there.
    private const int LargestRead = 4 * Entity.LargestDocument;

    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private static readonly JsonWriterOptions Readable = Compact with { Indented = true, NewLine = "\n" };
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = Entity.DeepestDocument, AllowDuplicateProperties = false };

    public static string VersionOf(ReadOnlySpan<byte> document)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(document, hash);
        return Convert.ToHexStringLower(hash[..BytesOfVersion]);
    }

    public static string VersionOf(ReadOnlyMemory<byte> document) => VersionOf(document.Span);

    /// <param name="json">As somebody wrote it.</param>
    /// <param name="of">Whose, for the error.</param>
    public static byte[] Canonical(ReadOnlyMemory<byte> json, string of)
    {
        if (json.Length > LargestRead) throw TooLarge(of);
        if (!Utf8.IsValid(json.Span)) throw Wrong(of, "is not UTF-8");
        try
        {
            using var parsed = JsonDocument.Parse(json, Reading);
            return Canonical(parsed.RootElement, of);
        }
        catch (JsonException e)
        {
            throw Wrong(of, e.Message, e);
        }
        catch (InvalidOperationException e)
        {
            throw Wrong(of, HalfCharacter, e);
        }
    }

    public static byte[] Canonical(JsonElement root, string of)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Wrong(of, "must be an object of JSON");
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, Compact)) Write(root, writer, of);
        return bytes.WrittenCount <= Entity.LargestDocument ? bytes.WrittenSpan.ToArray() : throw TooLarge(of);
    }

    /// <summary>For people and git: a line for each value, and one at the end.</summary>
    public static ReadOnlySpan<byte> Indented(ReadOnlyMemory<byte> document) => Indented(writer =>
    {
        using var parsed = JsonDocument.Parse(document);
        parsed.RootElement.WriteTo(writer);
    });

    /// <inheritdoc cref="Indented(ReadOnlyMemory{byte})"/>
    public static ReadOnlySpan<byte> Indented(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, Readable)) write(writer);
        bytes.Write("\n"u8);
        return bytes.WrittenSpan;
    }

    /// <summary>Without the byte order mark that some editors put before UTF-8.</summary>
    public static ReadOnlyMemory<byte> WithoutMark(byte[] content) => content.AsSpan().StartsWith(Mark) ? content.AsMemory(Mark.Length) : content;

    public static FlexCoreException Wrong(string of, string why, Exception? cause = null) => new(new Error(ErrorCodes.InvalidValue, $"{of}: the document {Lowered(why)}"), cause);

    private static string Lowered(string why) => why.Length > 0 && char.IsUpper(why[0]) ? $"cannot be read: {why}" : why;

    private static FlexCoreException TooLarge(string of) => Wrong(of, $"is larger than {Entity.LargestDocument / 1024} KiB of compact JSON");

    private static void Write(JsonElement value, Utf8JsonWriter writer, string of)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    writer.WritePropertyName(Text(() => member.Name, of));
                    Write(member.Value, writer, of);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(item, writer, of);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(Text(value.GetString!, of));
                break;
            case JsonValueKind.Number:
                CheckNumber(value, of);
                value.WriteTo(writer);
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    private static string Text(Func<string> read, string of)
    {
        string text;
        try
        {
            text = read();
        }
        catch (InvalidOperationException e)
        {
            throw Wrong(of, HalfCharacter, e);
        }

        return text.Contains('\0', StringComparison.Ordinal) ? throw Wrong(of, "has a NUL in a text") : text;
    }

    // Databases compare numbers as double; what overflows there, or becomes 0, would be an error in one and a value in the other.
    private static void CheckNumber(JsonElement value, string of)
    {
        var text = value.GetRawText();
        var number = value.GetDouble();
        if (text.Length > LongestNumber || !double.IsFinite(number) || (number == 0 && text.AsSpan(0, text.AsSpan().IndexOfAny('e', 'E') is >= 0 and var end ? end : text.Length).IndexOfAnyInRange('1', '9') >= 0))
            throw Wrong(of, $"has a number that cannot be compared: {(text.Length > 40 ? $"{text[..40]}…" : text)}");
    }
}
