using FlexCore.Sdk.Messages;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Connectors.JsonLines;

/// <summary>A file that lines are appended to.</summary>
internal sealed class JsonLinesFile : IAsyncDisposable
{
    private const int DrainAt = 1024 * 1024;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly SingerBuffer _lines = new();
    private long _length;
    private bool _isDirty;

    private JsonLinesFile(string path, SafeFileHandle file, long length) => (_path, _file, _length) = (path, file, length);

    /// <summary>Opens or makes it, and cuts off half a line that a killed run has left.</summary>
    public static JsonLinesFile Open(string path) => JsonLinesFolder.Try(path, () =>
    {
        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            var length = RandomAccess.GetLength(file);
            var kept = WholeLines(file, length);
            if (kept < length)
            {
                Console.Error.WriteLine($"WARNING {path}: cut off {length - kept} bytes of a record that an interrupted run left");
                RandomAccess.SetLength(file, kept);
            }

            return new JsonLinesFile(path, file, kept);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    });

    /// <returns>Whether it is time to drain.</returns>
    public bool Append(ReadOnlySpan<byte> line)
    {
        _lines.Append(line);
        _lines.Append((byte)'\n');
        return _lines.Length >= DrainAt;
    }

    public ValueTask DrainAsync(CancellationToken cancellationToken) => JsonLinesFolder.Try(_path, () =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        RandomAccess.Write(_file, _lines.Written.Span, _length);
        _length += _lines.Length;
        _lines.Clear();
        _isDirty = true;
        return ValueTask.CompletedTask;
    });

    /// <summary>All that was appended is on the disk.</summary>
    public async ValueTask SyncAsync(CancellationToken cancellationToken)
    {
        if (_lines.Length > 0) await DrainAsync(cancellationToken).ConfigureAwait(false);
        if (!_isDirty) return;
        JsonLinesFolder.Try(_path, () =>
        {
            RandomAccess.FlushToDisk(_file);
            return true;
        });
        _isDirty = false;
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }

    private static long WholeLines(SafeFileHandle file, long length)
    {
        var buffer = new byte[64 * 1024];
        while (length > 0)
        {
            var begin = Math.Max(0, length - buffer.Length);
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)(length - begin)), begin);
            if (buffer.AsSpan(0, read).LastIndexOf((byte)'\n') is var newline and >= 0) return begin + newline + 1;
            length = begin;
        }

        return 0;
    }
}
