using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Secrets;

namespace FlexCore.Plugins.Sync;

/// <summary>Gathers the dead letters of one attempt of a sync, from all of its flows, and knows when they are too many.</summary>
/// <param name="policy">When they are.</param>
/// <param name="request">The attempt.</param>
/// <param name="mask">Hides secrets.</param>
/// <param name="warn">Tells the user.</param>
/// <param name="store">Where they are kept.</param>
/// <param name="time">The clock.</param>
internal sealed class LetterBox(Validation policy, StepRequest request, SecretMask mask, Action<string> warn, IDeadLetters store, TimeProvider time) : IDisposable
{
    private const int WarnedOneByOne = 10;

    /// <summary>A share of fewer records than this says nothing yet.</summary>
    private const long FewestForPercent = 1000;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly List<DeadLetter> _pending = [];
    private long _count;
    private long _warnings;

    /// <summary>Records that the tap has written so far.</summary>
    public Func<long> CountIn { get; set; } = () => 0;

    /// <summary>Whether records that cannot be processed are kept, and the sync goes on without them.</summary>
    public bool AreKept => policy.Mode == ValidationMode.DeadLetter;

    /// <summary>Takes a letter; it is kept by the next <see cref="FlushAsync"/>.</summary>
    /// <returns>Why the step has to fail, when that was one too many.</returns>
    public RecordProblem? Add(DeadLetter letter)
    {
        lock (_gate)
        {
            // A dry run leaves nothing behind.
            if (!request.IsDryRun) _pending.Add(Mask(letter));
            _count++;
            return FindExcess(isEnd: false);
        }
    }

    /// <summary>Why the step has to fail at its end, when too many were put aside.</summary>
    public RecordProblem? FindExcessAtEnd()
    {
        lock (_gate) return FindExcess(isEnd: true);
    }

    /// <summary>Makes all letters durable that were taken so far; also those that another flow is just writing.</summary>
    public ValueTask FlushAsync()
    {
        lock (_gate)
        {
            if (_pending.Count == 0) return ValueTask.CompletedTask;
        }

        return WriteAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _writing.Dispose();

    /// <summary>Tells of a record that passes although something is wrong with it: the first few one by one, all of them at the end.</summary>
    public void Warn(string message)
    {
        if (Interlocked.Increment(ref _warnings) <= WarnedOneByOne) warn(mask.Apply(message));
    }

    /// <summary>Tells of the warnings that were not told one by one.</summary>
    public void WarnOfTheRest()
    {
        if (_warnings > WarnedOneByOne) warn($"{_warnings - WarnedOneByOne} more records did not fit their schema");
    }

    /// <summary>Text that a plugin wrote, fit to show: without secrets and control characters.</summary>
    /// <param name="text">The text, or its beginning.</param>
    /// <param name="isCut">Whether it is its beginning.</param>
    public string Show(ReadOnlyMemory<byte> text, bool isCut = false) => Printable.Escape(Encoding.UTF8.GetString(mask.Apply(text, isCut).Span));

    /// <summary>A letter of this attempt.</summary>
    public DeadLetter Write(string plugin, int stage, StreamCounter counter, long line, RecordProblem problem, ReadOnlySpan<byte> raw, long length) => new()
    {
        Id = Guid.CreateVersion7(time.GetUtcNow()),
        At = time.GetUtcNow(),
        Pipeline = request.Pipeline.Name,
        Step = request.Step.Id,
        RunId = request.RunId,
        Attempt = request.Attempt,
        Plugin = plugin,
        Stage = stage,
        Stream = counter.ShownName,
        Reason = problem.Reason!.Value,
        Message = $"line {line}: {problem.Message}",
        SchemaPath = problem.SchemaPath,
        Raw = raw[..Math.Min(raw.Length, DeadLetter.MaxKeptBytes)].ToArray(),
        KeptLength = Math.Min(raw.Length, DeadLetter.MaxKeptBytes),
        Length = length,
        IsMasked = false,
        Schema = counter.Stages?.SchemaLine,
    };

    private async ValueTask WriteAsync()
    {
        await _writing.WaitAsync();
        try
        {
            DeadLetter[] letters;
            lock (_gate) letters = [.. _pending];
            if (letters.Length == 0) return;

            // Until it is done they are pending: nobody takes them for durable.
            await store.AddAsync(letters, CancellationToken.None);
            lock (_gate) _pending.RemoveRange(0, letters.Length);
        }
        finally
        {
            _writing.Release();
        }
    }

    private DeadLetter Mask(DeadLetter letter)
    {
        var raw = mask.Apply(letter.Raw, isCut: letter.KeptLength < letter.Length);
        var schema = letter.Schema is { } written ? mask.Apply(written) : letter.Schema;
        var isShorter = letter.Raw.Span.StartsWith(raw.Span);
        return letter with
        {
            Message = mask.Apply(letter.Message),
            SchemaPath = letter.SchemaPath is { } path ? mask.Apply(path) : null,
            Raw = raw,
            KeptLength = isShorter ? raw.Length : letter.KeptLength,
            Schema = schema,
            IsMasked = !isShorter || !schema.Equals(letter.Schema),
        };
    }

    private RecordProblem? FindExcess(bool isEnd)
    {
        if (_count > policy.MaxDeadLetters)
            return new RecordProblem(ErrorCodes.TooManyDeadLetters, $"more than {policy.MaxDeadLetters} records became dead letters (validate.max_dead)");
        if (policy.MaxPercent is not { } most) return null;
        var recordsIn = CountIn();
        return (isEnd || recordsIn >= FewestForPercent) && _count * 100.0 > most * recordsIn
            ? new RecordProblem(ErrorCodes.TooManyDeadLetters, $"{_count} of {recordsIn} records became dead letters, more than {most} % (validate.max_percent)")
            : null;
    }
}
