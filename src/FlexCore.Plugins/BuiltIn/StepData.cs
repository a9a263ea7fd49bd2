using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Json;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>JSON that comes from outside: from a file, or in an answer.</summary>
internal static class StepData
{
    /// <summary>The longest document that is held at once, in bytes.</summary>
    public const int MostBytes = 64 << 20;

    /// <summary>The longest line of a file, in bytes.</summary>
    public const int MostLineBytes = 16 << 20;

    private static readonly JsonDocumentOptions AsDeepAsTape = new() { MaxDepth = JsonTape.MaxDepth };

    /// <summary>Reads a document as strictly as <see cref="JsonTape"/> does.</summary>
    /// <param name="json">The document; kept by what is read.</param>
    /// <param name="place">Where it comes from, for people.</param>
    /// <param name="tape">Has it afterwards.</param>
    /// <exception cref="FlexCoreException">It is none.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> json, string place, JsonTape tape) =>
        tape.Read(json) is { } problem ? throw Invalid($"{place} {problem}") : JsonElement.Parse(json.Span, AsDeepAsTape);

    /// <summary>What a step has got is not as it must be.</summary>
    public static FlexCoreException Invalid(string message) => new(new Error(ErrorCodes.StepDataInvalid, message));
}
