using System.Text;
using System.Text.Json;
using FlexCore.Sdk.Messages;

namespace FlexCore.Sdk.Targets;

/// <summary>Reads messages, hands records to their writers, and gives a STATE back when all before it is safe.</summary>
internal sealed class TargetLoop(ITargetSession session, Stream input, Stream output, TimeProvider time)
{
    private const int LongestLine = 1024 * 1024 * 1024;

    private readonly LineReader _lines = new(input, LongestLine);
    private readonly Dictionary<string, IStreamWriter> _writers = new(StringComparer.Ordinal);
    private byte[] _lastName = [];
    private IStreamWriter? _last;
    private byte[]? _state;
    private long _pending;
    private long _pendingSince;
    private StreamSchema? _schema;
    private long _version;

    /// <summary>What the loop must wait for before it goes on.</summary>
    private enum Wait
    {
        Input,
        Drain,
        Schema,
        Version,
        Flush,
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            switch (TakeLines())
            {
                case Wait.Drain:
                    await _last!.DrainAsync(stop).ConfigureAwait(false);
                    break;
                case Wait.Schema:
                    _writers[_schema!.Stream] = await session.BeginStreamAsync(_schema, stop).ConfigureAwait(false);
                    (_last, _lastName) = (null, []);
                    break;
                case Wait.Version:
                    await _last!.ActivateVersionAsync(_version, stop).ConfigureAwait(false);
                    break;
                case Wait.Flush:
                    await FlushAsync(stop).ConfigureAwait(false);
                    break;
                default:
                    if (await FillAsync(stop).ConfigureAwait(false)) break;
                    if (!_lines.TakeRest().IsEmpty) throw new PluginException($"line {_lines.Number} has no end: the tap was cut off in the middle of it");
                    await FlushAsync(stop).ConfigureAwait(false);
                    return;
            }
        }
    }

    private Wait TakeLines()
    {
        while (!IsFlushDue())
        {
            if (!_lines.TryTake(out var line)) return Wait.Input;
            if (line.TrimStart(" \t\r"u8).IsEmpty) continue;
            try
            {
                if (Take(line) is { } wait) return wait;
            }
            catch (JsonException e)
            {
                throw new PluginException($"line {_lines.Number}: {e.Message}", e);
            }
            catch (InvalidOperationException e)
            {
                throw new PluginException($"line {_lines.Number}: it holds text that is not valid Unicode", e);
            }
        }

        return Wait.Flush;
    }

    private Wait? Take(ReadOnlySpan<byte> line)
    {
        var message = MessageLine.Read(line);
        switch (message.Kind)
        {
            case MessageKind.Record:
                var writer = WriterOf(message.Stream, "RECORD");
                if (_pending == 0) _pendingSince = time.GetTimestamp();
                _pending += line.Length;
                return writer.Write(message.Value, message.Version) ? Wait.Drain : null;
            case MessageKind.Schema:
                _schema = StreamSchema.Read(line);
                return Wait.Schema;
            case MessageKind.State:
                _state = message.Value.ToArray();
                return _pending == 0 ? Wait.Flush : null;
            case MessageKind.ActivateVersion:
                _version = message.Version ?? throw new JsonException("it is an ACTIVATE_VERSION without a version");
                WriterOf(message.Stream, "ACTIVATE_VERSION");
                if (_pending == 0) (_pending, _pendingSince) = (1, time.GetTimestamp());
                return Wait.Version;
            case MessageKind.Batch:
                throw new PluginException($"line {_lines.Number}: this target takes no BATCH messages; have the tap write records");
            default:
                return null;
        }
    }

    private IStreamWriter WriterOf(ReadOnlySpan<byte> name, string kind)
    {
        if (_last is not null && name.SequenceEqual(_lastName)) return _last;
        var text = Encoding.UTF8.GetString(name);
        if (!_writers.TryGetValue(text, out var writer)) throw new JsonException($"a {kind} of '{text}' comes before its SCHEMA");
        (_last, _lastName) = (writer, name.ToArray());
        return writer;
    }

    private bool IsFlushDue() => _pending >= session.Batch.Bytes || (_pending > 0 && _state is not null && time.GetElapsedTime(_pendingSince) >= session.Batch.Interval);

    /// <summary>Waits for input, and flushes meanwhile what would otherwise lie there for as long as nothing comes.</summary>
    private async Task<bool> FillAsync(CancellationToken stop)
    {
        var filling = _lines.FillAsync(stop);
        if (!filling.IsCompleted && _pending > 0 && _state is not null)
        {
            var rest = session.Batch.Interval - time.GetElapsedTime(_pendingSince);
            try
            {
                if (rest > TimeSpan.Zero) return await filling.WaitAsync(rest, time, stop).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Then it is due.
            }

            await FlushAsync(stop).ConfigureAwait(false);
        }

        return await filling.ConfigureAwait(false);
    }

    private async Task FlushAsync(CancellationToken stop)
    {
        if (_pending > 0) await session.FlushAsync(stop).ConfigureAwait(false);
        _pending = 0;
        if (_state is null) return;
        await output.WriteAsync((byte[])[.. _state, (byte)'\n'], stop).ConfigureAwait(false);
        await output.FlushAsync(stop).ConfigureAwait(false);
        _state = null;
    }
}
