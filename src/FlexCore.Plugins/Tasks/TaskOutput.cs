using System.Text.Json;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Tasks;

/// <summary>The file in which a task leaves its output. The task made it, so it may be anything.</summary>
internal static class TaskOutput
{
    private const int MaxBytes = 1024 * 1024;

    /// <summary>Reads it.</summary>
    /// <returns>The JSON object in it, null when there is none; or what is wrong with the file.</returns>
    public static (JsonElement? Output, string? Problem) Read(string path)
    {
        try
        {
            using var file = UntrustedFiles.OpenRead(path);
            if (file is null) return (null, "is not a file");
            if (file.Length > MaxBytes) return (null, "is larger than 1 MiB");
            var bytes = new byte[file.Length];
            var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (count == 0) return (null, null);
            return PluginJson.ParseObject(bytes.AsMemory(0, count)) is { } output ? (output, null) : (null, "is not a JSON object");
        }
        catch (FileNotFoundException)
        {
            return (null, null);
        }
        catch (IOException)
        {
            return (null, "cannot be read");
        }
    }
}
