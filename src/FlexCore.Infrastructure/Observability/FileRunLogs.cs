using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability;

/// <summary>One file of JSON lines per run in the data directory: logs do not belong into the event log.</summary>
internal sealed class FileRunLogs(string directory) : IRunLogs
{
    // Of a run whose steps run at once there is one file, written at one place.
    private readonly Dictionary<Guid, Writer> _open = [];

    public IRunLogWriter Open(Guid runId)
    {
        try
        {
            Directory.CreateDirectory(directory);
            lock (_open)
            {
                if (!_open.TryGetValue(runId, out var writer)) writer = _open[runId] = new Writer(PathOf(runId), last => Close(runId, last));
                writer.Users++;
                return writer;
            }
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    public async IAsyncEnumerable<LogLine> ReadAsync(Guid runId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = PathOf(runId);
        if (!File.Exists(path)) yield break;
        await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
        {
            if (Parse(line) is { } parsed) yield return parsed;
        }
    }

    // They lie where they stay.
    public ValueTask SendAsync(CancellationToken cancellationToken) => default;

    /// <summary>Whether somebody writes a run's log.</summary>
    public bool IsOpen(Guid runId)
    {
        lock (_open) return _open.ContainsKey(runId);
    }

    /// <summary>The file with a run's log.</summary>
    public string PathOf(Guid runId) => Path.Combine(directory, $"{runId}.jsonl");

    private bool Close(Guid runId, Writer writer)
    {
        lock (_open)
        {
            return --writer.Users == 0 && _open.Remove(runId);
        }
    }

    /// <summary>A line as it is written; null of one that is none. The last one may be half written when the runtime was killed.</summary>
    public static LogLine? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RunLogJson.Default.LogLine);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes each line through, from the thread that read it off the plugin: a plugin that logs faster than the disk is slowed down.</summary>
    /// <param name="path">The file.</param>
    /// <param name="close">Called when somebody is done with it: whether that was the last one.</param>
    private sealed class Writer(string path, Func<Writer, bool> close) : IRunLogWriter
    {
        private readonly FileStream _file = new(path, new FileStreamOptions
        {
            Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0, UnixCreateMode = DataDirectory.OwnerReadsAndWrites,
        });
        private readonly Lock _gate = new();

        /// <summary>How many write.</summary>
        public int Users { get; set; }

        public void Write(LogLine line)
        {
            byte[] json = [.. JsonSerializer.SerializeToUtf8Bytes(line, RunLogJson.Default.LogLine), (byte)'\n'];
            try
            {
                lock (_gate) _file.Write(json);
            }
            catch (IOException e)
            {
                throw DataDirectory.Failed(e);
            }
        }

        public ValueTask DisposeAsync() => close(this) ? _file.DisposeAsync() : ValueTask.CompletedTask;
    }
}

/// <summary>Serialisers of log lines, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LogLine))]
internal sealed partial class RunLogJson : JsonSerializerContext;
