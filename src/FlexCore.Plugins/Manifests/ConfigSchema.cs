using System.Text.Json;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Manifests;

/// <summary>The JSON Schema that a manifest's <c>config</c> names: what the plugin's settings must be, and which of them are secret (<c>writeOnly</c>).</summary>
internal static class ConfigSchema
{
    private const int MaxBytes = 1024 * 1024;

    private static readonly JsonDocumentOptions AsDeepAsTapes = new() { MaxDepth = JsonTape.MaxDepth };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads the schema, and compiles it to see that it can be used.</summary>
    public static JsonElement? Read(string folder, string fileName, SourceLocation at, List<Error> errors)
    {
        if (fileName.Contains("..", StringComparison.Ordinal) || Path.IsPathRooted(fileName))
        {
            errors.Add(new Error(ErrorCodes.ConfigInvalid, $"'config' must name a file in the plugin's folder, not '{Printable.Escape(fileName)}'", at));
            return null;
        }

        try
        {
            using var file = HostPath.OpenRead(Path.Combine(folder, fileName));
            if (file.Length > MaxBytes)
            {
                errors.Add(new Error(ErrorCodes.FileTooLarge, $"{fileName} is larger than {MaxBytes / 1024} KiB", at));
                return null;
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            ReadOnlyMemory<byte> json = bytes.AsSpan().StartsWith(ByteOrderMark) ? bytes.AsMemory(ByteOrderMark.Length) : bytes;
            if (CompiledSchema.TryCompile(json, out _, out var problem))
            {
                using var document = JsonDocument.Parse(json, AsDeepAsTapes);
                return document.RootElement.Clone();
            }

            errors.Add(new Error(ErrorCodes.ConfigInvalid, $"the config schema {fileName} is not usable: {problem}", at));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            errors.Add(new Error(ErrorCodes.ConfigInvalid, $"the config schema {fileName} cannot be read: {e.Message}", at));
        }

        return null;
    }

    /// <summary>Names of the fields that are marked <c>writeOnly</c>.</summary>
    public static IReadOnlyList<string> SecretFields(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
            ? [.. properties.EnumerateObject().Where(property => IsWriteOnly(property.Value)).Select(property => property.Name)]
            : [];

    private static bool IsWriteOnly(JsonElement property) =>
        property.ValueKind == JsonValueKind.Object && property.TryGetProperty("writeOnly", out var writeOnly) && writeOnly.ValueKind == JsonValueKind.True;
}
