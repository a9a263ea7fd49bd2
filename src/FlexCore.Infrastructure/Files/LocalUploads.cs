using FlexCore.Infrastructure.Persistence;

namespace FlexCore.Infrastructure.Files;

/// <summary>Where files are while they are being written: a folder for each process, whose lock tells others that it lives. What killed processes have left is removed by the next one that writes.</summary>
/// <param name="path">The folder for all processes.</param>
/// <param name="time">The clock.</param>
internal sealed class LocalUploads(string path, TimeProvider time) : IDisposable
{
    private const string LockName = ".lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly SemaphoreSlim _first = new(1);
    private FileStream? _lock;
    private string? _own;
    private long _lastTicks;

    /// <summary>Begins a file.</summary>
    public async ValueTask<FileStream> CreateAsync(CancellationToken cancellationToken)
    {
        var own = _own ?? await MakeOwnAsync(cancellationToken);
        return new FileStream(Path.Combine(own, Guid.CreateVersion7().ToString("n")), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, UnixCreateMode = OwnerOnly });
    }

    /// <summary>The time of a file that is done, which no other one of this process has: it is what tells two files of one name and length apart.</summary>
    public DateTime NextTime()
    {
        var now = time.GetUtcNow().UtcTicks;
        while (true)
        {
            var last = Interlocked.Read(ref _lastTicks);
            var next = Math.Max(now, last + 1);
            if (Interlocked.CompareExchange(ref _lastTicks, next, last) == last) return new DateTime(next, DateTimeKind.Utc);
        }
    }

    public void Dispose()
    {
        _lock?.Dispose();
        if (_own is not null && Directory.Exists(_own)) Directory.Delete(_own, recursive: true);
        _first.Dispose();
    }

    private async ValueTask<string> MakeOwnAsync(CancellationToken cancellationToken)
    {
        await _first.WaitAsync(cancellationToken);
        try
        {
            if (_own is not null) return _own;
            foreach (var folder in (string[])[Path.GetDirectoryName(path)!, path]) Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);

            // One process at a time: no folder is seen before it has its lock.
            using var all = await new DurableFiles(time).LockAsync(Path.Combine(path, LockName), cancellationToken);
            foreach (var left in Directory.GetDirectories(path)) RemoveIfLeft(left);
            var own = Directory.CreateDirectory(Path.Combine(path, Guid.CreateVersion7().ToString("n")), OwnerOnly | UnixFileMode.UserExecute).FullName;
            _lock = new FileStream(Path.Combine(own, LockName), FileMode.CreateNew, FileAccess.Write, FileShare.None);
            return _own = own;
        }
        finally
        {
            _first.Release();
        }
    }

    private static void RemoveIfLeft(string folder)
    {
        try
        {
            using (new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None)) Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // Its process lives, or has just removed it.
        }
    }
}
