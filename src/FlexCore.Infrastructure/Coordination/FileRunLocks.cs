using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>
/// One lock file per pipeline in the data directory. The operating system's lock on it (flock) ends with the process that
/// holds it, however it ends; a file beside it says which run held it last, readable without the lock.
/// </summary>
internal sealed class FileRunLocks(string directory) : IRunLocks
{
    public IRunLock? TryAcquire(string pipeline)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return new Held(new FileStream(PathOf(pipeline), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1));
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            return null;
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    public Guid? LastRun(string pipeline) => ReadOwner(PathOf(pipeline));

    private static bool IsHeldByAnother(IOException e)
    {
        // EWOULDBLOCK of flock, which .NET reports as a sharing violation.
        const int WouldBlock = 11;
        return e.GetType() == typeof(IOException) && e.HResult == WouldBlock;
    }

    private string PathOf(string pipeline) => Path.Combine(directory, pipeline + ".lock");

    private static string OwnerPath(string lockPath) => lockPath + ".owner";

    private static Guid? ReadOwner(string lockPath)
    {
        var path = OwnerPath(lockPath);
        return File.Exists(path) && Guid.TryParse(File.ReadAllText(path), out var run) ? run : null;
    }

    private sealed class Held(FileStream file) : IRunLock
    {
        public Guid? LastRun { get; } = ReadOwner(file.Name);

        public void Claim(Guid runId)
        {
            try
            {
                WriteOwner(runId);
            }
            catch (Exception e) when (DataDirectory.IsFailure(e))
            {
                throw DataDirectory.Failed(e);
            }
        }

        public void Dispose() => file.Dispose();

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
