using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability;

/// <summary>One file of JSON lines per run in the data directory: logs do not belong into the event log.</summary>
internal sealed class FileRunLogs(string directory) : IRunLogs
{
    public IRunLogWriter Open(Guid runId)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return new Writer(PathOf(runId));
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

    // The last line may be half written when the runtime was killed.
    private static LogLine? Parse(string line)
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

    private string PathOf(Guid runId) => Path.Combine(directory, $"{runId}.jsonl");

    /// <summary>Writes each line through, from the thread that read it off the plugin: a plugin that logs faster than the disk is slowed down.</summary>
    private sealed class Writer(string path) : IRunLogWriter
    {
        private readonly FileStream _file = new(path, new FileStreamOptions
        {
            Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0, UnixCreateMode = DataDirectory.OwnerReadsAndWrites,
        });
        private readonly Lock _gate = new();

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

        public ValueTask DisposeAsync() => _file.DisposeAsync();
    }
}

/// <summary>Serialisers of log lines, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LogLine))]
internal sealed partial class RunLogJson : JsonSerializerContext;
