using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using FlexCore.Domain.Errors;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>Files that are replaced as a whole, so that who reads them never sees half of one, and that have what was written also when the machine goes away. One writer at a time, who holds the lock.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The gate has nothing to dispose of.")]
internal sealed partial class DurableFiles(TimeProvider time)
{
    private const int WouldBlock = 11;
    private const int NoSpaceLeft = 28;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(5);

    private readonly SemaphoreSlim _here = new(1);

    /// <summary>Told before each step that leaves a trace: a test ends the work there, as a crash would.</summary>
    public Action<string>? Before { get; set; }

    /// <summary>The operating system's lock (flock) on a file, which ends with the process that holds it, however it ends.</summary>
    public async ValueTask<IDisposable> LockAsync(string path, CancellationToken cancellationToken)
    {
        await _here.WaitAsync(cancellationToken);
        try
        {
            var began = time.GetTimestamp();
            while (true)
            {
                try
                {
                    return new Held(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1), _here);
                }
                catch (IOException e) when (e.HResult == WouldBlock)
                {
                    if (time.GetElapsedTime(began) > LongestWait) throw new FlexCoreException(new Error(ErrorCodes.StoreBusy, $"another process holds {path} for more than {LongestWait.TotalSeconds:0} s"), e);
                }

                await Task.Delay(BetweenTries, time, cancellationToken);
            }
        }
        catch
        {
            _here.Release();
            throw;
        }
    }

    /// <summary>Puts a file in the place of another one. That it is there is durable once its folder is.</summary>
    public void Replace(string path, ReadOnlySpan<byte> content)
    {
        // One name, which the lock makes ours: what a crash has left there is written over.
        var fresh = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.new");
        Before?.Invoke($"write {fresh}");
        using (var file = new FileStream(fresh, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        Before?.Invoke($"rename to {path}");
        File.Move(fresh, path, overwrite: true);
    }

    /// <summary>Deletes a file, if it is there.</summary>
    public void Delete(string path)
    {
        Before?.Invoke($"delete {path}");
        File.Delete(path);
    }

    /// <summary>Makes durable which files a folder has.</summary>
    public void SyncFolder(string path)
    {
        Before?.Invoke($"sync {path}");
        using var folder = Open(path, flags: 0);
        if (folder.IsInvalid || Sync(folder) != 0) throw new IOException($"the folder {path} cannot be made durable: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Whether the operating system has refused a file.</summary>
    public static bool IsFailure(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>The failure in the words of the error registry.</summary>
    public static FlexCoreException Failed(string store, Exception e) => new(new Error(e.HResult == NoSpaceLeft ? ErrorCodes.DiskFull : ErrorCodes.StoreUnavailable, $"{store} cannot be read or written: {e.Message}"), e);

    /// <summary>What is in a file is not what a store keeps there.</summary>
    public static FlexCoreException Unusable(string message, Exception? cause = null) =>
        new(new Error(ErrorCodes.StoreUnusable, message, SpecificRemedy: "Correct the file, or bring it back from git or a backup."), cause);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);

    private sealed class Held(FileStream file, SemaphoreSlim here) : IDisposable
    {
        public void Dispose()
        {
            file.Dispose();
            here.Release();
        }
    }
}
