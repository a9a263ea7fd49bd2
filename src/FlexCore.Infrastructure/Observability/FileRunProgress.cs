using System.Runtime.CompilerServices;
using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability;

/// <summary>Progress within a machine: of each run a small file in the data directory that says what was said last.</summary>
internal sealed class FileRunProgress(string directory, TimeProvider time) : IRunProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    private int _hasCleaned;

    public ValueTask TellAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(directory);
            if (Interlocked.Exchange(ref _hasCleaned, 1) == 0) Clean();
            var path = PathOf(progress.RunId);
            File.WriteAllBytes(path + ".new", RunProgressText.Write(progress));
            File.Move(path + ".new", path, overwrite: true);
            return default;
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    public async IAsyncEnumerable<RunProgress> WatchAsync(Guid runId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = PathOf(runId);
        var seen = File.GetLastWriteTimeUtc(path);
        while (true)
        {
            await Task.Delay(Interval, time, cancellationToken);
            var written = File.GetLastWriteTimeUtc(path);
            if (written == seen) continue;
            seen = written;
            if (RunProgressText.Read(await File.ReadAllBytesAsync(path, cancellationToken)) is { } progress) yield return progress;
        }
    }

    private string PathOf(Guid runId) => Path.Combine(directory, $"{runId}.json");

    private void Clean()
    {
        var old = time.GetUtcNow().UtcDateTime - KeptFor;
        foreach (var file in Directory.EnumerateFiles(directory).Where(file => File.GetLastWriteTimeUtc(file) < old)) File.Delete(file);
    }
}
