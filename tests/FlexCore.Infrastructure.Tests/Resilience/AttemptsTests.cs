using FlexCore.Infrastructure.Resilience;

namespace FlexCore.Infrastructure.Tests.Resilience;

public sealed class AttemptsTests
{
    private readonly List<(int Attempt, TimeSpan Pause)> _pauses = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pauses_are_those_of_the_list_and_the_last_one_holds_for_all_that_follow()
    {
        await FailAsync(new RetryOptions { Attempts = 5, Backoff = Backoff.Custom, Delays = [TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(3)], Jitter = false });

        _pauses.Select(pause => (pause.Attempt, pause.Pause.TotalMilliseconds)).ShouldBe([(1, 1.0), (2, 3.0), (3, 3.0), (4, 3.0)]);
    }

    [Fact]
    public async Task Pauses_double_up_to_the_longest()
    {
        await FailAsync(new RetryOptions { Attempts = 5, Delay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(3), Jitter = false });

        _pauses.Select(pause => pause.Pause.TotalMilliseconds).ShouldBe([1.0, 2.0, 3.0, 3.0]);
    }

    [Fact]
    public async Task Pauses_are_all_the_same()
    {
        await FailAsync(new RetryOptions { Attempts = 3, Backoff = Backoff.Fixed, Delay = TimeSpan.FromMilliseconds(2), Jitter = false });

        _pauses.Select(pause => pause.Pause.TotalMilliseconds).ShouldBe([2.0, 2.0]);
    }

    [Fact]
    public async Task Call_that_goes_well_in_the_end_has_its_result_and_what_cannot_pass_ends_it()
    {
        var options = new RetryOptions { Attempts = 5, Delay = TimeSpan.Zero };
        var calls = 0;

        (await Attempts(options).GoOnAsync(new IOException(), _ => ++calls == 2 ? ValueTask.FromResult(7) : throw new IOException(), Token)).ShouldBe(7);
        calls.ShouldBe(2);
        await Should.ThrowAsync<InvalidOperationException>(async () => await Attempts(options).GoOnAsync<int>(new IOException(), _ => throw new InvalidOperationException(), Token));
        await Should.ThrowAsync<InvalidOperationException>(async () => await Attempts(options).GoOnAsync<int>(new InvalidOperationException(), _ => throw new NotSupportedException(), Token));
    }

    private async Task FailAsync(RetryOptions options) =>
        await Should.ThrowAsync<IOException>(async () => await Attempts(options).GoOnAsync<int>(new IOException(), _ => throw new IOException(), Token));

    private Attempts Attempts(RetryOptions options) => new(options, failure => failure is IOException, _ => null, (_, attempt, pause) => _pauses.Add((attempt, pause)), TimeProvider.System);
}
