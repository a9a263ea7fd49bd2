using System.Buffers;
using FlexCore.Domain.DeadLetters;
using FlexCore.Plugins.Singer;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Sync;

/// <summary>
/// Carries what one program writes to those that read it: whole lines in large pieces, as they came unless a stage looks into
/// them. It has a thread of its own while there is something to carry; the readers' pipes give the back-pressure.
/// </summary>
internal sealed class SingerFlow(string thread, SandboxOutput source, IReadOnlyList<FlowSink> sinks, long lineLimit, FlowLines lines, FlowLetters letters)
{
    private const int InitialBuffer = 256 * 1024;

    /// <summary>How long the thread waits for more to read, in milliseconds, before it is given up for as long as there is none.</summary>
    private const int Patience = 50;

    private volatile bool _stopping;
    private volatile bool _hasEnded;
    private byte[] _buffer = [];
    private int _filled;
    private int _searched;
    private long _bytes;

    /// <summary>What has become of the records so far.</summary>
    public StreamCounts Counts => lines.Counts;

    /// <summary>Whether the readers' inputs have been ended: from then on they may end too.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Lines so far.</summary>
    public long Lines => lines.Number;

    /// <inheritdoc cref="FlowLines.HasStates"/>
    public bool HasStates => lines.HasStates;

    /// <summary>Bytes passed on so far.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Carries until one of the ends is reached, then ends the readers' inputs.</summary>
    public async Task<FlowEnd> RunAsync()
    {
        await NamedThread.SwitchTo(thread);
        try
        {
            var end = await CarryAsync();
            await letters.FlushAsync();
            _hasEnded = true;
            EndSinks();

            // A program that is not read from would hang in its next write instead of seeing our signal.
            if (end.Verdict == FlowVerdict.Stopped) await source.CopyToAsync(Stream.Null);
            return end;
        }
        catch
        {
            EndSinks();
            throw;
        }
        finally
        {
            if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        }
    }

    /// <summary>Asks to pass nothing more on and to end the readers' inputs, at the end of a line. Does not block.</summary>
    public void Stop()
    {
        _stopping = true;
        EndSinks();
    }

    private void EndSinks()
    {
        foreach (var sink in sinks) sink.End();
    }

    private async ValueTask<FlowEnd> CarryAsync()
    {
        while (await FillAsync())
        {
            if (await TakeLinesAsync() is { } end) return end;
            while (_filled == _buffer.Length || _filled > lineLimit)
            {
                if (await TakeLongLineAsync() is { } longEnd) return longEnd;
            }
        }

        return _stopping ? new FlowEnd(FlowVerdict.Stopped) : await EndAsync();
    }

    /// <summary>Reads what there is. While there is nothing the thread is given back, and the buffer too if it is empty.</summary>
    /// <returns>False at the end, or when we are to stop.</returns>
    private async ValueTask<bool> FillAsync()
    {
        while (true)
        {
            if (_buffer.Length == 0) _buffer = ArrayPool<byte>.Shared.Rent(InitialBuffer);
            var read = source.Read(_buffer.AsSpan(_filled), Patience);
            if (_stopping || read == 0) return false;
            if (read > 0)
            {
                _filled += read;
                return true;
            }

            if (_filled == 0)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = [];
            }

            await source.WhenReadableAsync();
            await NamedThread.SwitchTo(thread);
        }
    }

    /// <summary>Takes the whole lines out of the buffer and passes on what became of them.</summary>
    private async ValueTask<FlowEnd?> TakeLinesAsync()
    {
        var (taken, passed) = lines.Take(_buffer.AsMemory(0, _filled), _searched, out var problem);

        // Durable before any STATE that comes after them can be confirmed.
        await letters.FlushAsync();
        if (await PassAsync(passed) is { } closed) return closed;
        if (problem is not null) return FlowEnd.Because(problem);
        Drop(taken);
        _searched = _filled;
        return null;
    }

    /// <summary>The buffer, or what a line may have, is full, and there is no newline in it.</summary>
    private async ValueTask<FlowEnd?> TakeLongLineAsync()
    {
        var beginning = _buffer.AsMemory(0, _filled);
        if (lines.FindUntouched(beginning.Span) is { } counter) return await StreamLineAsync(counter) ?? await TakeLinesAsync();
        if (_filled > lineLimit) return await SkipLineAsync() ?? await TakeLinesAsync();
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(_buffer.Length * 2L, InitialBuffer)));
        _buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        return null;
    }

    /// <summary>Passes a line on as it comes, whatever its length up to the limit.</summary>
    private async ValueTask<FlowEnd?> StreamLineAsync(StreamCounter counter)
    {
        var line = new LongLine();
        while (true)
        {
            var piece = line.Take(_buffer.AsSpan(0, _filled), out var isUtf8);
            if (line.Length > lineLimit) return FlowEnd.Because(lines.TooLong(lines.Number + 1));
            if (!isUtf8) return FlowEnd.Because(lines.Broken(lines.Number + 1, "is not UTF-8", default));
            if (line.IsComplete && !line.EndsLikeObject) return FlowEnd.Because(lines.Broken(lines.Number + 1, "is not valid JSON", default));
            if (await PassAsync(_buffer.AsMemory(0, piece)) is { } closed) return closed;
            Drop(piece);
            if (line.IsComplete) break;
            if (await FillAsync()) continue;
            if (_stopping) return new FlowEnd(FlowVerdict.Stopped);
            if (_filled > 0 || !line.EndsLikeObject) return new FlowEnd(FlowVerdict.CutOff, lines.CutOff(lines.Number + 1, default));
            break;
        }

        lines.CountPassed(counter, line.Length + (line.IsComplete ? 1 : 0));
        _searched = 0;
        return null;
    }

    /// <summary>Reads past a line that is too long, and puts its beginning aside.</summary>
    private async ValueTask<FlowEnd?> SkipLineAsync()
    {
        var beginning = _buffer.AsSpan(0, Math.Min(_filled, DeadLetter.MaxKeptBytes)).ToArray();
        if (!lines.KeepsOversized(beginning)) return FlowEnd.Because(lines.TooLong(lines.Number + 1));
        var line = new LongLine();
        do
        {
            Drop(line.Take(_buffer.AsSpan(0, _filled), out _));
        }
        while (!line.IsComplete && await FillAsync());

        if (_stopping) return new FlowEnd(FlowVerdict.Stopped);
        if (!line.IsComplete) Drop(_filled);
        _searched = 0;
        return lines.PutOversizedAside(beginning, line.Length) is { } problem ? FlowEnd.Because(problem) : null;
    }

    /// <summary>The source has ended; what is left has no newline.</summary>
    private async ValueTask<FlowEnd> EndAsync()
    {
        if (_filled == 0) return new FlowEnd(FlowVerdict.Completed);
        if (!SingerMessage.IsComplete(_buffer.AsSpan(0, _filled))) return new FlowEnd(FlowVerdict.CutOff, lines.CutOff(lines.Number + 1, _buffer.AsSpan(0, _filled)));

        // It is a whole message all the same, and is given the newline that every reader wants.
        var (_, passed) = lines.Take((byte[])[.. _buffer.AsSpan(0, _filled), (byte)'\n'], 0, out var problem);
        await letters.FlushAsync();
        if (await PassAsync(passed) is { } closed) return closed;
        return problem is null ? new FlowEnd(FlowVerdict.Completed) : FlowEnd.Because(problem);
    }

    private async ValueTask<FlowEnd?> PassAsync(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return null;
        foreach (var sink in sinks)
        {
            if (!await sink.WriteAsync(bytes)) return new FlowEnd(_stopping ? FlowVerdict.Stopped : FlowVerdict.SinkClosed);
        }

        Volatile.Write(ref _bytes, _bytes + bytes.Length);
        return null;
    }

    private void Drop(int count)
    {
        _buffer.AsSpan(count, _filled - count).CopyTo(_buffer);
        _filled -= count;
    }
}
