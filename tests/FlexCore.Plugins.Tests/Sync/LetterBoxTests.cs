using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Secrets;
using FlexCore.Plugins.Sync;

namespace FlexCore.Plugins.Tests.Sync;

public sealed class LetterBoxTests
{
    private static readonly StreamCounter Counter = new("orders\u001b[2J"u8.ToArray(), @"orders\u001b[2J", stages: null);
    private static readonly RecordProblem Problem = new(ErrorCodes.RecordInvalid, "record/id must be >= 1", DeadLetterReason.Invalid, "/properties/id/minimum");

    private readonly HeldLetters _store = new();
    private readonly List<string> _warnings = [];

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 1, true)]
    [InlineData(3, 3, false)]
    [InlineData(3, 4, true)]
    public void More_letters_than_max_dead_are_one_too_many_at_once(long maxDead, int letters, bool isExcess)
    {
        using var box = Box(new Validation(ValidationMode.DeadLetter, maxDead, null));

        var last = Enumerable.Range(0, letters).Select(_ => Add(box)).ToList().LastOrDefault();

        (last is not null, box.FindExcessAtEnd() is not null).ShouldBe((isExcess, isExcess));
        if (isExcess) (last!.Code, last.Message).ShouldBe((ErrorCodes.TooManyDeadLetters, $"more than {maxDead} records became dead letters (validate.max_dead)"));
    }

    [Theory]
    [InlineData(999, 999, 1.0, false, true)]
    [InlineData(1000, 10, 1.0, false, false)]
    [InlineData(1000, 11, 1.0, true, true)]
    [InlineData(5, 1, 19.9, false, true)]
    [InlineData(5, 1, 20.0, false, false)]
    [InlineData(1, 1, 100.0, false, false)]
    [InlineData(5, 1, 0.0, false, true)]
    [InlineData(0, 0, 0.0, false, false)]
    public void Share_of_letters_counts_from_the_thousandth_record_on_and_at_the_end(long records, int letters, double maxPercent, bool atOnce, bool atEnd)
    {
        using var box = Box(new Validation(ValidationMode.DeadLetter, 10_000, maxPercent));
        box.CountIn = () => records;

        var last = Enumerable.Range(0, letters).Select(_ => Add(box)).ToList().LastOrDefault();

        (last is not null, box.FindExcessAtEnd() is not null).ShouldBe((atOnce, atEnd));
    }

    [Fact]
    public void Records_are_counted_only_where_a_share_of_them_matters()
    {
        using var box = Box(new Validation(ValidationMode.DeadLetter, 10, null));
        box.CountIn = () => throw new InvalidOperationException("it takes as long as there are streams");

        Add(box).ShouldBeNull();
    }

    [Fact]
    public async Task Secrets_are_masked_in_content_and_reason_and_names_can_be_shown()
    {
        using var box = Box();
        box.Add(box.Write("tap", 2, Counter, 7, Problem with { Message = "s3cret is wrong" }, """{"a":"s3cret"}"""u8, 14));
        box.Add(box.Write("tap", 2, Counter, 8, Problem, """{"a":"ÿ"}"""u8, 10));
        await box.FlushAsync();

        var (masked, clear) = (_store.All[0], _store.All[1]);
        (masked.Message, Encoding.UTF8.GetString(masked.Raw.Span), masked.IsMasked, masked.IsReplayable, masked.Stage).ShouldBe(("line 7: *** is wrong", """{"a":"***"}""", true, false, 2));
        (Encoding.UTF8.GetString(clear.Raw.Span), clear.IsMasked, clear.IsReplayable, clear.Stream).ShouldBe(("""{"a":"ÿ"}""", false, true, "orders\\u001b[2J"));
    }

    [Fact]
    public async Task Letter_that_is_cut_within_a_secret_keeps_no_part_of_it()
    {
        using var box = Box();
        var raw = Encoding.UTF8.GetBytes($"{new string('x', DeadLetter.MaxKeptBytes - 4)}s3cret");
        box.Add(box.Write("tap", 0, Counter, 7, Problem, raw, raw.Length));
        await box.FlushAsync();

        var letter = _store.All.ShouldHaveSingleItem();
        (letter.Raw.Length, letter.Raw.Span.IndexOfAnyExcept((byte)'x')).ShouldBe((DeadLetter.MaxKeptBytes - 4, -1));
        (letter.KeptLength, letter.Length, letter.IsReplayable).ShouldBe((DeadLetter.MaxKeptBytes - 4, raw.Length, false));
    }

    [Fact]
    public async Task Dry_run_keeps_nothing_and_finds_too_many_all_the_same()
    {
        using var box = Box(new Validation(ValidationMode.DeadLetter, 1, null), isDryRun: true);

        Add(box).ShouldBeNull();
        Add(box).ShouldNotBeNull();

        await box.FlushAsync();
        _store.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_flow_goes_on_while_another_is_still_writing_its_letters()
    {
        using var box = Box();
        _store.Hold();
        Add(box);
        Add(box);
        var first = box.FlushAsync().AsTask();
        await _store.Entered.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

        // The second flow's letter is among those that the first one is writing.
        var second = box.FlushAsync().AsTask();
        second.IsCompleted.ShouldBeFalse("a STATE behind that letter would overtake it");

        _store.Release();
        await Task.WhenAll(first, second).WaitAsync(Patience, TestContext.Current.CancellationToken);
        _store.All.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Letters_that_the_store_refuses_fail_every_flow_until_it_takes_them_and_are_kept_once()
    {
        using var box = Box();
        Add(box);
        _store.Failure = new FlexCoreException(new Error(ErrorCodes.DiskFull, "full"));

        for (var flow = 0; flow < 2; flow++) (await Should.ThrowAsync<FlexCoreException>(box.FlushAsync().AsTask())).Error.Code.ShouldBe(ErrorCodes.DiskFull);

        _store.Failure = null;
        await box.FlushAsync();
        await box.FlushAsync();
        _store.All.Count.ShouldBe(1);
    }

    [Fact]
    public void Warning_never_carries_control_characters_of_a_streams_name()
    {
        using var box = Box();

        new FlowLetters("tap", 0, box, replay: null).Warn(Counter, 3, Problem);

        _warnings.ShouldHaveSingleItem().ShouldBe("tap, stream orders\\u001b[2J, line 3: record/id must be >= 1");
    }

    private static TimeSpan Patience => TimeSpan.FromSeconds(30);

    private static RecordProblem? Add(LetterBox box) => box.Add(box.Write("tap", 0, Counter, 1, Problem, "{}"u8, 2));

    private LetterBox Box(Validation? policy = null, bool isDryRun = false) =>
        new(policy ?? new Validation(ValidationMode.DeadLetter, 10_000, null), TestFlow.Request with { IsDryRun = isDryRun }, SecretMask.Of(["s3cret"]), _warnings.Add, _store, TimeProvider.System);

    /// <summary>A store whose writes can be held up or refused.</summary>
    private sealed class HeldLetters : IDeadLetters
    {
        private TaskCompletionSource? _held;

        public TaskCompletionSource Entered { get; } = new();

        public FlexCoreException? Failure { get; set; }

        public List<DeadLetter> All { get; } = [];

        public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _held!.SetResult();

        public async ValueTask AddAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
        {
            if (Failure is not null) throw Failure;
            Entered.TrySetResult();
            if (_held is not null) await _held.Task;
            All.AddRange(letters);
        }

        public ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<int> EndAsync(IReadOnlyList<Guid> ids, DeadLetterStatus status, Guid? replayedBy, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
