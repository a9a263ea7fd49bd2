using Microsoft.Win32.SafeHandles;

namespace FlexCore.EventStore.Sqlite;

/// <summary>Tells other processes of appends: a byte is written into a small file beside the store, which whoever waits for events watches.</summary>
internal sealed class SqliteSignal : IDisposable
{
    private readonly LogSignal _signal;
    private readonly SafeFileHandle _file;
    private readonly Lazy<FileSystemWatcher> _watcher;

    public SqliteSignal(string storePath, LogSignal signal)
    {
        _signal = signal;
        var path = storePath + "-signal";
        try
        {
            // With the mode of the store.
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, UnixCreateMode = File.GetUnixFileMode(storePath) };
            using (new FileStream(path, options))
            {
            }

            _file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SqliteFailure.CannotOpen(storePath, $"'{path}' cannot be written");
        }

        _watcher = new Lazy<FileSystemWatcher>(() => Watch(path));
    }

    /// <summary>Wakes those who wait in this process and in others.</summary>
    public void Raise()
    {
        _signal.Raise();
        try
        {
            RandomAccess.Write(_file, [1], 0);
        }
        catch (IOException)
        {
            // The events are durable; others find them a little later.
        }
    }

    /// <summary>Begins to hear of other processes' appends.</summary>
    public void Listen() => _ = _watcher.Value;

    public void Dispose()
    {
        if (_watcher.IsValueCreated) _watcher.Value.Dispose();
        _file.Dispose();
    }

    private FileSystemWatcher Watch(string path)
    {
        var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!, Path.GetFileName(path)) { NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.Size };
        watcher.Changed += (_, _) => _signal.Raise();
        watcher.EnableRaisingEvents = true;
        return watcher;
    }
}
