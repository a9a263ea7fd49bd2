using System.Text.Json;
using System.Text.Unicode;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Runs;

/// <summary>Reads the value of a Singer STATE that a person has written or exported from elsewhere. It is held to what a target's STATE is held to.</summary>
public static class WrittenState
{
    /// <summary>More bytes are refused: a bookmark says how far data has come, and holds none.</summary>
    public const int MostBytes = 16 * 1024 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>The value: a JSON object, or that of a whole STATE message.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="source">How errors name it.</param>
    public static Result<JsonElement> Read(ReadOnlyMemory<byte> json, string source)
    {
        if (json.Length > MostBytes) return Refused(ErrorCodes.FileTooLarge, $"is larger than {MostBytes / (1024 * 1024)} MiB");
        if (!Utf8.IsValid(json.Span)) return Refused(ErrorCodes.InvalidValue, "is not UTF-8");
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("STATE"u8) && root.TryGetProperty("value", out var value)) root = value;
            if (root.ValueKind != JsonValueKind.Object) return Refused(ErrorCodes.InvalidValue, "is not a JSON object, as the value of a STATE is");

            // The parser lets half a surrogate pair pass; the event log would fail on it.
            using var writer = new Utf8JsonWriter(Stream.Null);
            root.WriteTo(writer);
            return root.Clone();
        }
        catch (JsonException e)
        {
            var at = e.LineNumber is { } line ? new SourceLocation(source, line + 1, (e.BytePositionInLine ?? 0) + 1) : null;
            return new Error(ErrorCodes.InvalidValue, $"{source} is not JSON that can be kept (valid, at most 64 levels, no name twice in an object)", at);
        }
        catch (InvalidOperationException)
        {
            return Refused(ErrorCodes.InvalidValue, "holds text that is not valid Unicode");
        }

        Error Refused(ErrorCode code, string why) => new(code, $"{source} {why}");
    }
}
