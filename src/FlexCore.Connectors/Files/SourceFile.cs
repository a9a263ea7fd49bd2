using System.Text.Json.Nodes;
using FlexCore.Sdk;
using FlexCore.Sdk.Taps;

namespace FlexCore.Connectors.Files;

/// <summary>Files that grow: opened, and read from where the last run has stopped.</summary>
internal static class SourceFile
{
    /// <summary>Opens a file that others may write, and begins with it; it is closed when that fails.</summary>
    /// <exception cref="PluginException">It cannot be read.</exception>
    public static async ValueTask<T> OpenAsync<T>(string path, Func<FileStream, ValueTask<T>> begin)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            return await begin(file).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (file is not null) await file.DisposeAsync().ConfigureAwait(false);
            if (e is IOException or UnauthorizedAccessException) throw new PluginException($"{path} cannot be read: {e.Message}", e);
            throw;
        }
    }

    /// <summary>A bookmark at a place.</summary>
    /// <param name="row">How many rows were read.</param>
    /// <param name="offset">Where the next one begins.</param>
    public static JsonObject Bookmark(long row, long offset) => new() { ["row"] = row, ["offset"] = offset };

    /// <summary>Where to go on: where the bookmark says, or at the beginning of a file that was replaced since.</summary>
    /// <param name="selected">The stream.</param>
    /// <param name="file">The file.</param>
    /// <param name="first">Where its first row begins.</param>
    public static (long Row, long Offset) PlaceOf(SelectedStream selected, FileStream file, long first)
    {
        if (selected.Bookmark is not { } kept || kept["row"] is not JsonValue row || !row.TryGetValue<long>(out var rows) || kept["offset"] is not JsonValue offset || !offset.TryGetValue<long>(out var at)) return (0, first);
        if (at >= first && at <= file.Length) return (rows, at);
        Console.Error.WriteLine($"WARNING {file.Name} is shorter than the {rows} rows read before: it was replaced, reading all of it");
        return (0, first);
    }
}
