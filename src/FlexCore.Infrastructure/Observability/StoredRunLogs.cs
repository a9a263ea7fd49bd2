using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Files;

namespace FlexCore.Infrastructure.Observability;

/// <summary>
/// Logs of runs in files of this machine while they are written, and in the project's store of files from then on: <c>logs/RUN/PLACE.jsonl</c>, where a place is a data directory. A run that several nodes
/// have had has a log of each. What is still to be put there is marked by a file beside the log, which a killed process leaves to the next one.
/// </summary>
internal sealed class StoredRunLogs : IRunLogs, IDisposable
{
    /// <summary>What all names in the store begin with.</summary>
    public const string Folder = "logs/";

    private const string Mark = ".unsent";

    private readonly FileRunLogs _local;
    private readonly string _directory;
    private readonly Lazy<IFileStore> _files;
    private readonly Action<string> _warn;
    private readonly string _place;
    private readonly SemaphoreSlim _sending = new(1);
    private readonly Lock _gate = new();
    private bool _hasWarned;

    /// <param name="directory">With a file for each run.</param>
    /// <param name="files">The store.</param>
    /// <param name="warn">Told when it cannot be had, once until it can.</param>
    public StoredRunLogs(string directory, Lazy<IFileStore> files, Action<string> warn)
    {
        (_local, _directory, _files, _warn) = (new FileRunLogs(directory), directory, files, warn);
        _place = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Environment.MachineName}\n{Path.GetFullPath(directory)}")))[..16];
    }

    public IRunLogWriter Open(Guid runId)
    {
        lock (_gate)
        {
            var writer = _local.Open(runId);
            try
            {
                File.WriteAllBytes(MarkOf(runId), []);
                return writer;
            }
            catch (Exception e) when (DataDirectory.IsFailure(e))
            {
                throw DataDirectory.Failed(e);
            }
        }
    }

    public async IAsyncEnumerable<LogLine> ReadAsync(Guid runId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<IAsyncEnumerator<LogLine>> parts = [_local.ReadAsync(runId, cancellationToken).GetAsyncEnumerator(cancellationToken)];
        try
        {
            foreach (var name in await FindAsync(runId, cancellationToken)) parts.Add(ReadAsync(name, cancellationToken).GetAsyncEnumerator(cancellationToken));
            for (var part = parts.Count - 1; part >= 0; part--) await MoveNextAsync(parts, part);

            // Each is in the order of time.
            while (parts.Count > 0)
            {
                var first = parts.IndexOf(parts.MinBy(part => part.Current.At)!);
                yield return parts[first].Current;
                await MoveNextAsync(parts, first);
            }
        }
        finally
        {
            foreach (var part in parts) await part.DisposeAsync();
        }
    }

    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            foreach (var runId in FindUnsent()) await SendAsync(runId, cancellationToken);
            _hasWarned = false;
        }
        catch (Exception e) when (e is FlexCoreException || DataDirectory.IsFailure(e))
        {
            if (!_hasWarned) _warn($"logs of runs cannot be put into the store of files, and are kept here until they can: {e.Message}");
            _hasWarned = true;
        }
        finally
        {
            _sending.Release();
        }
    }

    public void Dispose() => _sending.Dispose();

    private static async ValueTask MoveNextAsync(List<IAsyncEnumerator<LogLine>> parts, int part)
    {
        if (await parts[part].MoveNextAsync()) return;
        await parts[part].DisposeAsync();
        parts.RemoveAt(part);
    }

    private string MarkOf(Guid runId) => Path.Combine(_directory, $"{runId}{Mark}");

    private string NameOf(Guid runId) => $"{Folder}{runId}/{_place}.jsonl";

    private List<Guid> FindUnsent() => !Directory.Exists(_directory) ? [] :
        [.. Directory.EnumerateFiles(_directory, $"*{Mark}").Select(file => Guid.TryParse(Path.GetFileNameWithoutExtension(file), out var run) ? run : Guid.Empty).Where(run => run != Guid.Empty && !_local.IsOpen(run))];

    private async ValueTask SendAsync(Guid runId, CancellationToken cancellationToken)
    {
        var path = _local.PathOf(runId);
        long sent = 0;
        if (File.Exists(path))
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await _files.Value.PutAsync(NameOf(runId), file, cancellationToken);
            sent = file.Position;
        }

        // Somebody may have gone on writing meanwhile.
        lock (_gate)
        {
            if (!_local.IsOpen(runId) && (!File.Exists(path) || new FileInfo(path).Length == sent)) File.Delete(MarkOf(runId));
        }
    }

    // What is here is better than nothing while the store is away.
    private async ValueTask<IReadOnlyList<string>> FindAsync(Guid runId, CancellationToken cancellationToken)
    {
        try
        {
            var isHere = File.Exists(_local.PathOf(runId));
            return await _files.Value.ListAsync($"{Folder}{runId}/", cancellationToken).Select(file => file.Name).Where(name => !isHere || name != NameOf(runId)).ToListAsync(cancellationToken);
        }
        catch (FlexCoreException) when (File.Exists(_local.PathOf(runId)))
        {
            return [];
        }
    }

    private async IAsyncEnumerable<LogLine> ReadAsync(string name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var content = await _files.Value.OpenAsync(name, range: null, cancellationToken);
        if (content is null) yield break;
        using var lines = new StreamReader(content.Stream);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (FileRunLogs.Parse(line) is { } parsed) yield return parsed;
        }
    }
}
