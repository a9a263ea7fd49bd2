using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore.Checkpoints;

/// <summary>Follows the log with the tree, and has it signed when that is due.</summary>
internal sealed class CheckpointConsumer(CheckpointOptions options, CheckpointWriter writer, IEventStore store, ISubscriptionTables tables, TimeProvider timeProvider)
    : LogConsumer("$checkpoints", store, tables, timeProvider, LongestDelay)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    /// <summary>Sealing is a commit of its own; behind a busy log one for many appends is enough.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    protected override async Task ConsumeAsync(IClaim claim, CancellationToken cancellationToken)
    {
        Succeeded(ConsumerState.CatchingUp);
        var backoff = new Backoff(FirstDelay, LongestDelay, Clock);
        var signed = await writer.ReadLastSizeAsync(cancellationToken).ConfigureAwait(false);
        long? due = null;
        while (true)
        {
            try
            {
                await ReadHeadAsync(cancellationToken).ConfigureAwait(false);
                (Position, _) = await Store.History.SealAsync(cancellationToken).ConfigureAwait(false);
                due = Position == signed ? null : due ?? Clock.GetTimestamp();
                if (Position - signed >= options.EveryEvents || (due is { } since && Clock.GetElapsedTime(since) >= options.Every))
                {
                    await writer.WriteAsync(cancellationToken).ConfigureAwait(false);
                    (signed, due) = (Position, null);
                }

                Succeeded(ConsumerState.Live);
                backoff.Reset();
                await WaitAsync(due, cancellationToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever keeps the log from being signed, it says so and tries again.
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                Failed(e);
                await backoff.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for events, or until those that there are must be signed.</summary>
    private async Task WaitAsync(long? due, CancellationToken cancellationToken)
    {
        await Task.Delay(Pause, Clock, cancellationToken).ConfigureAwait(false);
        using var limit = new CancellationTokenSource(due is { } since ? Later(options.Every - Clock.GetElapsedTime(since)) : Timeout.InfiniteTimeSpan, Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await WaitForEventsAsync(Position, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // It is due.
        }
    }

    private static TimeSpan Later(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
