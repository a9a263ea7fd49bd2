using System.Buffers;
using System.Text.Unicode;
using FlexCore.Domain;
using FlexCore.Plugins.Singer;
using FlexCore.Sandbox;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Plugins.Sync;

/// <summary>Why a relay has ended.</summary>
internal enum RelayVerdict
{
    /// <summary>The tap's output has ended, and all of it was passed on.</summary>
    Completed,

    /// <summary>The tap wrote a line that is no Singer message. What came before it was passed on.</summary>
    Broken,

    /// <summary>The tap's output ended in the middle of a line.</summary>
    CutOff,

    /// <summary>The tap wrote a line longer than its limit.</summary>
    LineTooLong,

    /// <summary>The target has closed its input.</summary>
    TargetClosed,

    /// <summary>We were asked to stop.</summary>
    Stopped,
}

/// <summary>How a relay has ended.</summary>
/// <param name="Verdict">Why.</param>
/// <param name="Problem">What was wrong with the tap's output, naming the line.</param>
internal sealed record RelayEnd(RelayVerdict Verdict, string? Problem = null);

/// <summary>
/// Carries a tap's output to a target's input, as it came: whole lines in large pieces. Blocks, so it has a thread of its own;
/// the target's pipe gives the back-pressure.
/// </summary>
internal sealed class SingerRelay(SafeFileHandle source, SandboxInput target, long lineLimit)
{
    private const int InitialBuffer = 256 * 1024;

    private readonly Lock _targetGate = new();
    private volatile bool _stopping;
    private volatile bool _hasEnded;
    private byte[] _buffer = [];
    private long _bytes;
    private long _lines;

    /// <summary>Records so far.</summary>
    public RecordCounts Records { get; } = new();

    /// <summary>Whether the target's input has been ended: from then on the target may end too.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Bytes passed on so far.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Carries until one of the ends is reached, then ends the target's input.</summary>
    public RelayEnd Run()
    {
        _buffer = ArrayPool<byte>.Shared.Rent(InitialBuffer);
        try
        {
            return PluginPipe.Read(source, Relay);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }

    /// <summary>Asks to pass nothing more on and to end the target's input, at the end of a line. Does not block.</summary>
    public void Stop()
    {
        // Either nobody is writing, and the input is ended here; or the relay is, and sees the wish when it has written.
        _stopping = true;
        if (!_targetGate.TryEnter()) return;
        try
        {
            target.Complete();
        }
        finally
        {
            _targetGate.Exit();
        }
    }

    private RelayEnd Relay(FileStream input)
    {
        var end = Carry(input);
        _hasEnded = true;
        lock (_targetGate) target.Complete();

        // A tap that is not read from would hang in its next write instead of seeing our signal.
        if (end.Verdict == RelayVerdict.Stopped) input.CopyTo(Stream.Null);
        return end;
    }

    private RelayEnd Carry(FileStream input)
    {
        var filled = 0;
        var searched = 0;
        while (true)
        {
            var read = input.Read(_buffer.AsSpan(filled));
            if (_stopping) return new RelayEnd(RelayVerdict.Stopped);
            if (read == 0) return End(_buffer.AsSpan(0, filled));
            filled += read;

            var (whole, end) = InspectLines(_buffer.AsSpan(0, filled), searched);
            if (whole > 0 && !TryPass(_buffer.AsSpan(0, whole))) return new RelayEnd(_stopping ? RelayVerdict.Stopped : RelayVerdict.TargetClosed);
            if (end is not null) return end;

            _buffer.AsSpan(whole, filled - whole).CopyTo(_buffer);
            filled -= whole;
            searched = filled;
            if (filled > lineLimit) return TooLong(_lines + 1);
            if (filled == _buffer.Length) Grow();
        }
    }

    /// <summary>Looks at every whole line.</summary>
    /// <returns>The length of the good lines, and the end that the line after them brings.</returns>
    private (int Whole, RelayEnd? End) InspectLines(ReadOnlySpan<byte> chunk, int searched)
    {
        var whole = 0;
        var linesEnd = searched + chunk[searched..].LastIndexOf((byte)'\n') + 1;
        if (linesEnd == searched) return (0, null);

        // One pass over all lines; only where it fails is each of them looked at.
        var isUtf8 = Utf8.IsValid(chunk[..linesEnd]);
        while (chunk[searched..].IndexOf((byte)'\n') is >= 0 and var found)
        {
            var next = searched + found + 1;
            var line = chunk[whole..(next - 1)];
            _lines++;
            if (line.Length > lineLimit) return (whole, TooLong(_lines));
            var problem = isUtf8 || Utf8.IsValid(line) ? SingerMessage.Inspect(line, out var message) ?? Count(message) : "is not UTF-8";
            if (problem is not null) return (whole, new RelayEnd(RelayVerdict.Broken, $"line {_lines} {problem}: {Excerpt(line)}"));
            whole = next;
            searched = next;
        }

        return (whole, null);
    }

    private RelayEnd TooLong(long line) => new(RelayVerdict.LineTooLong, $"line {line} is longer than the limit of {lineLimit} bytes");

    private string? Count(SingerMessage message) =>
        message.Kind != SingerMessageKind.Record || Records.Add(message.Stream) ? null : "belongs to more record streams than a tap may have";

    private RelayEnd End(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty) return new RelayEnd(RelayVerdict.Completed);
        if (!SingerMessage.IsComplete(rest)) return new RelayEnd(RelayVerdict.CutOff, $"its output ends in the middle of line {_lines + 1}: {Excerpt(rest)}");
        SingerMessage.Inspect(rest, out var message);
        Count(message);
        return TryPass(rest) ? new RelayEnd(RelayVerdict.Completed) : new RelayEnd(RelayVerdict.TargetClosed);
    }

    private bool TryPass(ReadOnlySpan<byte> lines)
    {
        lock (_targetGate)
        {
            if (_stopping || !target.TryWrite(lines)) return false;
        }

        Volatile.Write(ref _bytes, _bytes + lines.Length);
        return true;
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(_buffer.Length * 2L, InitialBuffer)));
        _buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private static string Excerpt(ReadOnlySpan<byte> line)
    {
        const int Shown = 80;
        var text = System.Text.Encoding.UTF8.GetString(line[..Math.Min(line.Length, Shown)]);
        return $"'{Printable.Escape(text)}{(line.Length > Shown ? "…" : "")}'";
    }
}
