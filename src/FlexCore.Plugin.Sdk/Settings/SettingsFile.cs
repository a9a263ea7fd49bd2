using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FlexCore.Sdk.Settings;

/// <summary>Reads the file that <c>--config</c> names.</summary>
internal static class SettingsFile
{
    private const long MaxBytes = 16 * 1024 * 1024;

    /// <exception cref="PluginException">It cannot be read, or does not fit.</exception>
    public static T Read<T>(string? path, JsonTypeInfo type)
    {
        try
        {
            if (path is null) return Parse<T>("{}"u8, type);
            if (new FileInfo(path).Length > MaxBytes) throw new PluginException($"--config {path}: it is larger than {MaxBytes / 1024 / 1024} MiB");
            return Parse<T>(File.ReadAllBytes(path), type);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PluginException($"--config {path}: it cannot be read: {e.Message}", e);
        }
    }

    private static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo type)
    {
        try
        {
            return (T?)JsonSerializer.Deserialize(json, type) ?? throw new PluginException("--config: it must be a JSON object");
        }
        catch (JsonException e)
        {
            // What it says beyond the place may quote the value, which may be secret.
            throw new PluginException($"--config: {(e.Path is { Length: > 1 } place ? $"'{place[2..]}' is not what it must be" : Missing(e))}; --about shows the schema", e);
        }
    }

    private static string Missing(JsonException e) => e.Message.Contains("missing required", StringComparison.Ordinal) || e.Message.Contains("could not be mapped", StringComparison.Ordinal)
        ? e.Message.Split(" Path: ")[0] : "it is not valid JSON";
}
