using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines.BuiltIn;

/// <summary>The files that steps inside the runtime may read and write: those of the project, but for what FlexCore itself keeps there.</summary>
/// <param name="root">The project's folder; absolute, without links.</param>
/// <param name="folder">Of the pipeline file: relative paths begin there.</param>
/// <param name="closed">Where FlexCore keeps its data.</param>
/// <param name="errors">Where refusals go.</param>
internal sealed class ProjectFiles(string root, string folder, string closed, List<Error> errors)
{
    private readonly List<string> _reads = [];
    private readonly List<string> _writes = [];

    /// <summary>Those that were found to be read.</summary>
    public IReadOnlyList<string> Reads => _reads;

    /// <summary>Those that were found to be written.</summary>
    public IReadOnlyList<string> Writes => _writes;

    /// <summary>The absolute path of a setting that names a file to be written; null where there is none, or it is refused.</summary>
    /// <inheritdoc cref="FindRead"/>
    public string? FindWritten(WrittenSettings settings, MapReader map, string key, params IReadOnlyList<string> endings) => Note(Find(settings, map, key, endings), _writes);

    /// <summary>The absolute path of a setting that names a file to be read; null where there is none, or it is refused.</summary>
    /// <param name="settings">Whose setting it is.</param>
    /// <param name="map">Where it stands.</param>
    /// <param name="key">The setting.</param>
    /// <param name="endings">What the name may end with; none for any.</param>
    public string? FindRead(WrittenSettings settings, MapReader map, string key, params IReadOnlyList<string> endings) => Note(Find(settings, map, key, endings), _reads);

    private string? Find(WrittenSettings settings, MapReader map, string key, IReadOnlyList<string> endings)
    {
        if (map.Find(key) is not { } value) return null;
        if (value is not YamlScalar { Text: { Length: > 0 } text } || text.EndsWith('/')) return Refuse(ErrorCodes.InvalidValue, $"'{key}' must name a file", value);
        if (settings.IsLate(value)) return Refuse(ErrorCodes.SecretMisplaced, $"'{key}' names a file, which must be known before the run: there cannot be a secret in it, nor what an earlier step leaves", value);
        var path = Path.GetFullPath(text, folder);
        if (!Grant.Covers(root, path) || path == root) return Refuse(ErrorCodes.PathRefused, $"'{Printable.Escape(text)}' is not in the project's folder {root}, and a step inside the runtime reads and writes only there", value);
        if (Grant.Covers(closed, path)) return Refuse(ErrorCodes.PathRefused, $"'{Printable.Escape(text)}' lies in the data directory", value);
        if (endings.Count > 0 && !endings.Any(ending => path.EndsWith(ending, StringComparison.Ordinal))) return Refuse(ErrorCodes.InvalidValue, $"'{key}' must end with {string.Join(" or ", endings)}", value);
        return path;
    }

    private static string? Note(string? path, List<string> files)
    {
        if (path is not null) files.Add(path);
        return path;
    }

    private string? Refuse(ErrorCode code, string message, YamlValue value)
    {
        errors.Add(new Error(code, message, value.At));
        return null;
    }
}
