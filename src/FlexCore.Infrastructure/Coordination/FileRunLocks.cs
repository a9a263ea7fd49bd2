using System.Globalization;
using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>
/// One lock file per pipeline in the data directory, with the token in it. The operating system's lock on it (flock) ends with the process that
/// holds it, however it ends; a file beside it says which run held it last, readable without the lock.
/// </summary>
internal sealed class FileRunLocks(string directory) : IRunLocks
{
    private readonly Lazy<string> _place = new(() => $"{Environment.MachineName}/{ReadPlace(directory)}");

    /// <summary>These locks among those of all data directories on all machines. A copy of the directory on another machine is another place.</summary>
    public string Place => _place.Value;

    public ValueTask<IRunLock?> TryAcquireAsync(string pipeline, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(directory);
            var file = new FileStream(PathOf(pipeline), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            return new(new Held(pipeline, file, NextToken(file)));
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            return new((IRunLock?)null);
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    public ValueTask<RunLockStatus> LookAsync(string pipeline, CancellationToken cancellationToken) => new(new RunLockStatus(IsHeld(PathOf(pipeline)), ReadOwner(PathOf(pipeline))));

    private static bool IsHeld(string path)
    {
        try
        {
            // Those who look do not keep each other out.
            if (File.Exists(path)) new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read).Dispose();
            return false;
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            return true;
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    private static bool IsHeldByAnother(IOException e)
    {
        // EWOULDBLOCK of flock, which .NET reports as a sharing violation.
        const int WouldBlock = 11;
        return e.GetType() == typeof(IOException) && e.HResult == WouldBlock;
    }

    private static long NextToken(FileStream file)
    {
        Span<byte> text = stackalloc byte[20];
        var token = (long.TryParse(text[..file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)], NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : 0) + 1;
        file.Position = 0;
        token.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        file.Write(text[..length]);
        file.Flush();
        return token;
    }

    private static string ReadPlace(string directory)
    {
        var path = Path.Combine(directory, "place");
        try
        {
            if (File.Exists(path)) return File.ReadAllText(path);
            Directory.CreateDirectory(directory);

            // It is whole before it can be found, and one process alone can make the link: to move a file is not refused where another one has just come to be.
            var mine = $"place.{Guid.CreateVersion7()}";
            File.WriteAllText(Path.Combine(directory, mine), $"{Guid.CreateVersion7()}");
            try
            {
                File.CreateSymbolicLink(path, mine);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another process was first.
                File.Delete(Path.Combine(directory, mine));
            }

            return File.ReadAllText(path);
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    private string PathOf(string pipeline) => Path.Combine(directory, pipeline + ".lock");

    private static string OwnerPath(string lockPath) => lockPath + ".owner";

    private static Guid? ReadOwner(string lockPath)
    {
        var path = OwnerPath(lockPath);
        return File.Exists(path) && Guid.TryParse(File.ReadAllText(path), out var run) ? run : null;
    }

    private sealed class Held(string pipeline, FileStream file, long token) : IRunLock
    {
        public string Pipeline => pipeline;

        public long Token => token;

        public Guid? LastRun { get; } = ReadOwner(file.Name);

        public QueueChange? Fence => null;

        public CancellationToken Lost => CancellationToken.None;

        public ValueTask ClaimAsync(Guid runId, CancellationToken cancellationToken)
        {
            try
            {
                WriteOwner(runId);
                return default;
            }
            catch (Exception e) when (DataDirectory.IsFailure(e))
            {
                throw DataDirectory.Failed(e);
            }
        }

        public ValueTask DisposeAsync() => file.DisposeAsync();

        private void WriteOwner(Guid runId)
        {
            var owner = OwnerPath(file.Name);
            var fresh = owner + ".new";
            using (var written = new FileStream(fresh, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                written.Write(System.Text.Encoding.ASCII.GetBytes(runId.ToString()));
                written.Flush(flushToDisk: true);
            }

            File.Move(fresh, owner, overwrite: true);
        }
    }
}
