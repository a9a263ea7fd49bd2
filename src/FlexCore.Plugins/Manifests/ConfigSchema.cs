using System.Text.Json;
using FlexCore.Domain;
using FlexCore.Domain.Errors;

namespace FlexCore.Plugins.Manifests;

/// <summary>The JSON Schema that a manifest's <c>config</c> names. This version reads which fields are secret (<c>writeOnly</c>).</summary>
internal static class ConfigSchema
{
    private const int MaxBytes = 1024 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    public static IReadOnlyList<string> ReadSecretFields(string folder, string fileName, SourceLocation at, List<Error> errors)
    {
        if (fileName.Contains("..", StringComparison.Ordinal) || Path.IsPathRooted(fileName))
        {
            errors.Add(new Error(ErrorCodes.ConfigInvalid, $"'config' must name a file in the plugin's folder, not '{Printable.Escape(fileName)}'", at));
            return [];
        }

        try
        {
            using var file = File.OpenRead(Path.Combine(folder, fileName));
            if (file.Length > MaxBytes)
            {
                errors.Add(new Error(ErrorCodes.FileTooLarge, $"{fileName} is larger than {MaxBytes / 1024} KiB", at));
                return [];
            }

            using var schema = JsonDocument.Parse(file, Strict);
            return SecretFields(schema.RootElement);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            errors.Add(new Error(ErrorCodes.ConfigInvalid, $"the config schema {fileName} is not usable: {e.Message}", at));
            return [];
        }
    }

    private static List<string> SecretFields(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
            ? [.. properties.EnumerateObject().Where(property => IsWriteOnly(property.Value)).Select(property => property.Name)]
            : [];

    private static bool IsWriteOnly(JsonElement property) =>
        property.ValueKind == JsonValueKind.Object && property.TryGetProperty("writeOnly", out var writeOnly) && writeOnly.ValueKind == JsonValueKind.True;
}
