using FlexCore.Domain.Errors;

namespace FlexCore.Application.Scheduling;

/// <summary>Work of a server that is done again and again, and that no failure ends.</summary>
internal static class SteadyWork
{
    /// <summary>How long those rest who wait for the log: a busy one is looked at so often, and one that rests not at all.</summary>
    public static TimeSpan PauseBesideLog { get; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long it rests after a failure.</summary>
    public static TimeSpan PauseAfterFailure { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Does it until it is cancelled.</summary>
    /// <param name="turn">One time; waits by itself for what there is to do.</param>
    /// <param name="pause">How long it rests after each time.</param>
    /// <param name="warn">Told of what goes wrong.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RepeatAsync(Func<Task> turn, TimeSpan pause, Action<string> warn, TimeProvider time, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await turn();
                await Task.Delay(pause, time, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (FlexCoreException e)
            {
                warn(e.Message);
                await Task.Delay(PauseAfterFailure, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
