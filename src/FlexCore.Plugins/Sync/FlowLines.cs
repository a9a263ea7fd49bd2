using System.Buffers;
using System.Text.Unicode;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Singer;

namespace FlexCore.Plugins.Sync;

/// <summary>Looks at the lines of a flow, counts records, and sends those that a stage wants to see through it.</summary>
internal sealed class FlowLines(long lineLimit, FlowStages stages, FlowLetters letters, StateNumbers? states, SchemaWatch? schemas = null, Func<byte[], bool>? isElsewhere = null)
{
    private const int LongestBeginning = 256;
    private const int LargestKeptOutput = 4 * 1024 * 1024;

    // What is passed on instead of the chunk, once a line of it was changed; up to _replaced the chunk has been dealt with.
    private ArrayBufferWriter<byte> _output = new();

    // How the last record in the usual order began, and its stream: most lines are of the same kind as the one before.
    private readonly byte[] _beginning = new byte[LongestBeginning];
    private int _beginningLength;
    private StreamCounter? _usual;
    private ReadOnlyMemory<byte> _chunk;
    private int _replaced;

    /// <summary>What has become of the records so far.</summary>
    public StreamCounts Counts { get; } = new(stages.For, name => letters.Show(name), isElsewhere);

    /// <summary>Lines so far.</summary>
    public long Number { get; private set; }

    /// <summary>Whether a STATE was among them.</summary>
    public bool HasStates { get; private set; }

    /// <summary>Looks at every whole line.</summary>
    /// <param name="chunk">Begins with a line.</param>
    /// <param name="searched">Up to here there is no newline.</param>
    /// <param name="problem">Why the flow cannot go on behind the lines that were taken.</param>
    /// <returns>How much was taken, and what is to be passed on for it, good until the next call.</returns>
    public (int Taken, ReadOnlyMemory<byte> Passed) Take(ReadOnlyMemory<byte> chunk, int searched, out RecordProblem? problem)
    {
        problem = null;
        _chunk = chunk;
        _replaced = 0;
        _output.ResetWrittenCount();
        if (_output.Capacity > LargestKeptOutput) _output = new ArrayBufferWriter<byte>();

        var bytes = chunk.Span;
        var taken = 0;
        var linesEnd = searched + bytes[searched..].LastIndexOf((byte)'\n') + 1;

        // One pass over all lines; only where it fails is each of them looked at.
        var isUtf8 = Utf8.IsValid(bytes[..linesEnd]);
        while (searched < linesEnd)
        {
            var next = searched + bytes[searched..].IndexOf((byte)'\n') + 1;
            problem = isUtf8 && IsUsual(bytes[taken..(next - 1)]) ? TakeUsual(taken, next) : TakeLine(taken, next, isUtf8);
            if (problem is not null) break;
            taken = searched = next;
        }

        if (_replaced == 0) return (taken, chunk[..taken]);
        taken = Math.Max(taken, _replaced); // A line that was put aside is dealt with, even if it was one too many.
        _output.Write(bytes[_replaced..taken]);
        return (taken, _output.WrittenMemory);
    }

    /// <summary>The record stream of a long line that need not be held whole, because nobody looks into it; null when somebody might, or when it is put aside should it be too long.</summary>
    public StreamCounter? FindUntouched(ReadOnlySpan<byte> beginning) =>
        !letters.AreKept && SingerMessage.TryReadRecordStream(beginning, out var stream, out _) && Counts.Find(stream) is { Stages: null, IsElsewhere: false } counter ? counter : null;

    /// <summary>Counts a record that was passed on without being taken.</summary>
    public void CountPassed(StreamCounter counter, long bytes)
    {
        Number++;
        StreamCounter.Add(ref counter.In);
        Count(counter, bytes);
    }

    /// <summary>Puts a line aside that is longer than the limit, if it is a record and such ones are kept.</summary>
    /// <param name="beginning">As much of the line as there is.</param>
    /// <param name="length">How long it is altogether.</param>
    /// <returns>Why the flow cannot go on; null when it can.</returns>
    public RecordProblem? PutOversizedAside(ReadOnlySpan<byte> beginning, long length)
    {
        Number++;
        var problem = TooLong(Number);
        if (!letters.AreKept || !SingerMessage.TryReadRecordStream(beginning, out var stream, out _) || Counts.Find(stream) is not { } counter) return problem;
        StreamCounter.Add(ref counter.In);
        StreamCounter.Add(ref counter.Dead);
        return letters.Add(counter, Number, problem with { Message = $"longer than the limit of {lineLimit} bytes" }, beginning, length);
    }

    /// <summary>Whether such a line would be put aside.</summary>
    public bool KeepsOversized(ReadOnlySpan<byte> beginning) => letters.AreKept && SingerMessage.TryReadRecordStream(beginning, out _, out _);

    /// <summary>A line of that number is too long.</summary>
    public RecordProblem TooLong(long line) =>
        new(ErrorCodes.PluginLimit, $"line {line} is longer than the limit of {lineLimit} bytes", DeadLetterReason.TooLong);

    /// <summary>A line breaks the protocol.</summary>
    public RecordProblem Broken(long line, string what, ReadOnlySpan<byte> bytes) => new(ErrorCodes.PluginProtocol, $"line {line} {what}{Excerpt(bytes)}");

    /// <summary>The output ends within a line.</summary>
    public RecordProblem CutOff(long line, ReadOnlySpan<byte> bytes) => new(ErrorCodes.PluginProtocol, $"its output ends in the middle of line {line}{Excerpt(bytes)}");

    private bool IsUsual(ReadOnlySpan<byte> line) =>
        _usual is not null && line.Length > _beginningLength && line.Length <= lineLimit && line.StartsWith(_beginning.AsSpan(0, _beginningLength)) && SingerMessage.EndsLikeObject(line);

    private static string WhyNotCounted(ReadOnlySpan<byte> stream) => stream.Length > StreamCounts.MaxNameBytes
        ? $"names its record stream in more than {StreamCounts.MaxNameBytes} bytes"
        : "belongs to more record streams than a tap may have";

    private RecordProblem? TakeUsual(int start, int next)
    {
        Number++;
        return TakeRecord(_usual!, _chunk[start..(next - 1)], start, next);
    }

    private RecordProblem? TakeLine(int start, int next, bool isUtf8)
    {
        var line = _chunk[start..(next - 1)];
        if (line.Length > lineLimit)
        {
            if (PutOversizedAside(line.Span, line.Length) is { } tooLong) return tooLong;
            Replace(start, next, default);
            return null;
        }

        Number++;
        if (!isUtf8 && !Utf8.IsValid(line.Span)) return Broken(Number, "is not UTF-8", line.Span);
        if (SingerMessage.Inspect(line.Span, out var message) is { } wrong) return Broken(Number, wrong, line.Span);
        if (message.Kind == SingerMessageKind.State)
        {
            HasStates = true;
            states?.Pass(line);
        }

        if (message.Stream.IsEmpty) return null;
        if (Counts.Find(message.Stream) is not { } counter) return Broken(Number, WhyNotCounted(message.Stream), line.Span);
        if (counter.IsElsewhere && message.Kind != SingerMessageKind.Schema)
            return new RecordProblem(ErrorCodes.PluginProtocol, $"line {Number} is of stream '{counter.ShownName}', which another partition reads: a tap that does not keep to its catalog cannot be partitioned");
        if (message.Kind == SingerMessageKind.Record)
        {
            Remember(counter, line.Span);
            return TakeRecord(counter, line, start, next);
        }

        if (message.Kind == SingerMessageKind.Schema && schemas?.Look(counter, line) is { } drifted) return letters.At(counter, Number, drifted);
        if (counter.Stages is not { } looking) return null;

        var problem = looking.TakeOther(message.Kind, line, out var rewritten, out var warning);
        if (warning is not null) letters.Warn(counter, Number, warning);
        if (problem is not null) return letters.At(counter, Number, problem);
        if (!rewritten.IsEmpty) Replace(start, next, rewritten.Span);
        return null;
    }

    private void Remember(StreamCounter counter, ReadOnlySpan<byte> line)
    {
        if (!SingerMessage.TryReadRecordStream(line, out _, out var length) || length > LongestBeginning) return;
        (_usual, _beginningLength) = (counter, length);
        line[..length].CopyTo(_beginning);
    }

    private RecordProblem? TakeRecord(StreamCounter counter, ReadOnlyMemory<byte> line, int start, int next)
    {
        StreamCounter.Add(ref counter.In);
        if (counter.Stages is not { } looking)
        {
            Count(counter, next - start);
            return null;
        }

        switch (looking.TakeRecord(line, out var rewritten, out var problem))
        {
            case RecordOutcome.Unchanged:
                Count(counter, next - start);
                break;
            case RecordOutcome.Rewritten:
                Replace(start, next, rewritten.Span);
                Count(counter, rewritten.Length + 1);
                break;
            case RecordOutcome.LeftOut:
                StreamCounter.Add(ref counter.LeftOut);
                Replace(start, next, default);
                break;
            case RecordOutcome.Refused:
                if (!letters.AreKept) return letters.At(counter, Number, problem!);
                StreamCounter.Add(ref counter.Dead);
                Replace(start, next, default);
                return letters.Add(counter, Number, problem!, line.Span, line.Length);
        }

        if (problem is not null) letters.Warn(counter, Number, problem);
        return null;
    }

    /// <summary>Passes something else on for a line, or nothing.</summary>
    private void Replace(int start, int next, ReadOnlySpan<byte> by)
    {
        _output.Write(_chunk.Span[_replaced..start]);
        _replaced = next;
        if (by.IsEmpty) return;
        _output.Write(by);
        _output.Write("\n"u8);
    }

    private static void Count(StreamCounter counter, long bytes)
    {
        StreamCounter.Add(ref counter.Out);
        StreamCounter.Add(ref counter.Bytes, bytes);
    }

    /// <summary>The message stays in the event log for good: where values are to be hidden, nothing of the line may be in it.</summary>
    private string Excerpt(ReadOnlySpan<byte> line)
    {
        if (stages.HidesContent) return "";
        const int Shown = 80;
        var isCut = line.Length > Shown;
        return $": '{letters.Show(line[..Math.Min(line.Length, Shown)].ToArray(), isCut)}{(isCut ? "…" : "")}'";
    }
}
