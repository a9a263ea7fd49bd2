using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability;

/// <summary>One file of JSON lines per run in the data directory: logs do not belong into the event log.</summary>
internal sealed class FileRunLogs(string directory) : IRunLogs
{
    public IRunLogWriter Open(Guid runId)
    {
        Directory.CreateDirectory(directory);
        return new Writer(PathOf(runId));
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

    /// <summary>Lines are taken at once and written behind; a plugin that logs faster than the disk is slowed down.</summary>
    private sealed class Writer : IRunLogWriter
    {
        private const int Queued = 1024;

        private readonly Channel<LogLine> _lines =
            Channel.CreateBounded<LogLine>(new BoundedChannelOptions(Queued) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

        private readonly Task _writing;

        public Writer(string path) => _writing = WriteAsync(path);

        public void Write(LogLine line)
        {
            // Called from the plugin's own log thread, which may wait; see the class.
            var spin = default(SpinWait);
            while (!_lines.Writer.TryWrite(line) && !_writing.IsCompleted) spin.SpinOnce();
        }

        public async ValueTask DisposeAsync()
        {
            _lines.Writer.TryComplete();
            await _writing;
        }

        private async Task WriteAsync(string path)
        {
            await using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 16 * 1024, useAsync: true);
            var newline = "\n"u8.ToArray();
            while (await _lines.Reader.WaitToReadAsync())
            {
                while (_lines.Reader.TryRead(out var line))
                {
                    await file.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(line, RunLogJson.Default.LogLine));
                    await file.WriteAsync(newline);
                }

                await file.FlushAsync();
            }
        }
    }
}

/// <summary>Serialisers of log lines, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LogLine))]
internal sealed partial class RunLogJson : JsonSerializerContext;
