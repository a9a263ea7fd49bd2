namespace FlexCore.Plugins.Sync;

/// <summary>The dead letters of one flow.</summary>
/// <param name="plugin">The plugin that writes into the flow.</param>
/// <param name="stage">Index in <c>through</c> of the flow's first stage.</param>
/// <param name="box">Those of the whole attempt.</param>
/// <param name="replay">What is being sent again through this flow, if anything is.</param>
internal sealed class FlowLetters(string plugin, int stage, LetterBox box, Replay? replay)
{
    /// <inheritdoc cref="LetterBox.AreKept"/>
    public bool AreKept => replay is not null || box.AreKept;

    /// <summary>Puts a record aside.</summary>
    /// <param name="counter">Its record stream.</param>
    /// <param name="line">Its line.</param>
    /// <param name="problem">Why.</param>
    /// <param name="raw">Its message, or the beginning of it.</param>
    /// <param name="length">How long the message is.</param>
    /// <returns>Why the step has to fail, when that was one too many.</returns>
    public RecordProblem? Add(StreamCounter counter, long line, RecordProblem problem, ReadOnlySpan<byte> raw, long length)
    {
        if (replay is null) return box.Add(box.Write(plugin, stage, counter, line, problem, raw, length));

        // It is a dead letter already, and stays one.
        replay.Fail(line);
        return null;
    }

    /// <inheritdoc cref="LetterBox.Show"/>
    public string Show(ReadOnlyMemory<byte> text, bool isCut = false) => box.Show(text, isCut);

    /// <inheritdoc cref="LetterBox.FlushAsync"/>
    public ValueTask FlushAsync() => box.FlushAsync();

    /// <summary>Tells of a record that passes although something is wrong with it.</summary>
    public void Warn(StreamCounter counter, long line, RecordProblem problem) => box.Warn(At(counter, line, problem).Message);

    /// <summary>A problem of a message that has a record stream, with its place for whoever is told only that.</summary>
    public RecordProblem At(StreamCounter counter, long line, RecordProblem problem) =>
        problem with { Message = $"{plugin}, stream {counter.ShownName}, line {line}: {problem.Message}" };
}
