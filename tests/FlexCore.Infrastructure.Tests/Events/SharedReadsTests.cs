using FlexCore.Infrastructure.Events;

namespace FlexCore.Infrastructure.Tests.Events;

/// <summary>Reads that several share: what is stored when one asks is in the answer, and nobody pays for another.</summary>
public sealed class SharedReadsTests
{
    private readonly List<TaskCompletionSource<int>> _reads = [];
    private readonly SharedReads<string, int> _shared;

    public SharedReadsTests() => _shared = new SharedReads<string, int>(async (_, token) =>
    {
        var read = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_reads) _reads.Add(read);
        return await read.Task.WaitAsync(token);
    });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_asks_while_a_read_is_under_way_gets_the_answer_of_the_next_one_all_together()
    {
        var first = Ask();
        var later = Enumerable.Range(0, 5).Select(_ => Ask()).ToList();
        _reads.Count.ShouldBe(1);

        await AnswerAsync(1);
        (await first).ShouldBe(1);
        later.ShouldAllBe(answer => !answer.IsCompleted);
        await AnswerAsync(2);

        (await Task.WhenAll(later)).ShouldAllBe(answer => answer == 2);
        _reads.Count.ShouldBe(2);
        var alone = Ask();
        await AnswerAsync(3);
        (await alone).ShouldBe(3, "nothing is kept");
    }

    [Fact]
    public async Task Different_things_are_read_at_once()
    {
        var (one, other) = (Ask("one"), Ask("other"));
        _reads.Count.ShouldBe(2);

        _reads[1].SetResult(2);
        (await other).ShouldBe(2);
        one.IsCompleted.ShouldBeFalse();
        _reads[0].SetResult(1);
        (await one).ShouldBe(1);
    }

    [Fact]
    public async Task One_who_gives_up_takes_nobody_along()
    {
        using var gone = new CancellationTokenSource();
        var first = _shared.ReadAsync("key", gone.Token).AsTask();
        var (second, third) = (_shared.ReadAsync("key", gone.Token).AsTask(), Ask());

        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        await Should.ThrowAsync<OperationCanceledException>(second);
        await AnswerAsync(1, read: 1);

        (await third).ShouldBe(1);
    }

    [Fact]
    public async Task Failure_is_told_to_those_whose_read_it_was_and_to_nobody_else()
    {
        var (first, second) = (Ask(), Ask());
        _reads[0].SetException(new IOException("away"));

        (await Should.ThrowAsync<IOException>(first)).Message.ShouldBe("away");
        await AnswerAsync(2, read: 1);
        (await second).ShouldBe(2);
    }

    private Task<int> Ask(string key = "key") => _shared.ReadAsync(key, Token).AsTask();

    /// <summary>Answers a read, counted from 0, once it has begun; the one before its answer where nothing is said.</summary>
    private async Task AnswerAsync(int answer, int? read = null)
    {
        var number = read ?? answer - 1;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            lock (_reads)
            {
                if (_reads.Count > number) break;
            }

            await Task.Delay(1, patience.Token);
        }

        _reads[number].SetResult(answer);
    }
}
