using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FlexCore.Domain.Errors;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>A file that a step writes. It is there, whole, when the step has written all of it; until then, and where the step fails, there is what was there before.</summary>
internal sealed class SavedFile : IAsyncDisposable
{
    private const int BufferBytes = 1 << 16;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly string _path;
    private readonly string _part;
    private readonly FileStream _file;
    private readonly Utf8JsonWriter _json;
    private bool _isList;
    private bool _isDone;

    private SavedFile(string path, string part, FileStream file) => (_path, _part, _file, _json) = (path, part, file, new Utf8JsonWriter(file, Plain));

    /// <summary>Begins one.</summary>
    /// <exception cref="FlexCoreException">It cannot be made.</exception>
    public static SavedFile Create(string path)
    {
        StepFiles.RefuseLinks(Path.GetDirectoryName(path)!);
        var part = $"{path}.{Guid.CreateVersion7():n}.part";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return new SavedFile(path, part, new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.Read, BufferBytes, useAsync: true));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StepFiles.Unusable(path, $"cannot be written: {e.Message}");
        }
    }

    /// <summary>Whether files of this name have a value on each line.</summary>
    public static bool HasLines(string path) => path.EndsWith(".jsonl", StringComparison.Ordinal) || path.EndsWith(".ndjson", StringComparison.Ordinal);

    /// <summary>Writes text or bytes.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => _file.WriteAsync(content, cancellationToken);

    /// <inheritdoc cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    public ValueTask WriteAsync(string text, CancellationToken cancellationToken) => WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>Writes one of several values: on a line of its own, or as an item of a list.</summary>
    public async ValueTask AddAsync(JsonElement value, CancellationToken cancellationToken)
    {
        var separator = HasLines(_path) ? "" : _isList ? ",\n" : "[\n";
        _isList = !HasLines(_path);
        await WriteAsync(separator, cancellationToken);
        value.WriteTo(_json);
        await _json.FlushAsync(cancellationToken);
        _json.Reset();
        if (HasLines(_path)) await WriteAsync("\n", cancellationToken);
    }

    /// <summary>Ends what <see cref="AddAsync"/> has written, where the file is one document.</summary>
    public ValueTask EndListAsync(CancellationToken cancellationToken) => HasLines(_path) ? default : WriteAsync(_isList ? "\n]\n" : "[]\n", cancellationToken);

    /// <summary>Puts the file in its place, durably.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        await _json.DisposeAsync();
        await _file.FlushAsync(cancellationToken);
        _file.Flush(flushToDisk: true);
        await _file.DisposeAsync();
        StepFiles.RefuseLinks(Path.GetDirectoryName(_path)!);
        try
        {
            File.Move(_part, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StepFiles.Unusable(_path, $"cannot be written: {e.Message}");
        }

        _isDone = true;
    }

    public async ValueTask DisposeAsync()
    {
        await _json.DisposeAsync();
        await _file.DisposeAsync();
        if (!_isDone) File.Delete(_part);
    }
}
