using Microsoft.Win32.SafeHandles;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>Tells other processes of changes of the queue: a byte is written into a small file in the data directory, which whoever waits watches.</summary>
internal sealed class SqliteQueueSignal(string path, QueueSignal signal) : IDisposable
{
    private readonly Lock _gate = new();
    private SafeFileHandle? _file;
    private FileSystemWatcher? _watcher;

    /// <summary>Wakes those who wait in this process and in others.</summary>
    public void Raise()
    {
        signal.Raise();
        try
        {
            lock (_gate) RandomAccess.Write(_file ??= Open(), [1], 0);
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            // The change is durable; others find it a little later.
        }
    }

    /// <summary>Begins to hear of other processes' changes.</summary>
    public void Listen()
    {
        lock (_gate)
        {
            if (_watcher is not null) return;
            _file ??= Open();
            _watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!, Path.GetFileName(path)) { NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.Size };
            _watcher.Changed += (_, _) => signal.Raise();
            _watcher.EnableRaisingEvents = true;

            // What happened before was not heard.
            signal.Raise();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _watcher?.Dispose();
            _file?.Dispose();
        }
    }

    private SafeFileHandle Open()
    {
        var own = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, UnixCreateMode = DataDirectory.OwnerReadsAndWrites };
        new FileStream(path, own).Dispose();
        return File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }
}
