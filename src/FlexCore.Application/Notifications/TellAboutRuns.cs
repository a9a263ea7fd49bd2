using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Notifications;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Notifications;

/// <summary>
/// Tells channels of runs. All that it goes by is in the event log, so any process can do it for any run, and several may at once: of the same run a channel is told
/// once. A notification that fails is on record, and harms no run.
/// </summary>
/// <param name="log">The event log.</param>
/// <param name="views">Asked how the run before has ended.</param>
/// <param name="sender">Sends.</param>
/// <param name="channels">The channels of the project.</param>
/// <param name="time">The clock.</param>
public sealed class TellAboutRuns(IEventLog log, IReadModels views, INotificationSender sender, KnownChannels channels, TimeProvider time)
{
    private const int RunsBefore = 100;

    /// <summary>Has a run happen in this process, and tells of it whoever is to know; and of the one that it goes on from.</summary>
    /// <param name="started">The run.</param>
    /// <param name="run">Takes it to its end.</param>
    /// <param name="observer">Warned of what does not get through.</param>
    /// <param name="cancellationToken">Gives up telling.</param>
    public async Task<RunState> AroundAsync(PipelineStarted started, Func<Task<RunState>> run, IRunObserver observer, CancellationToken cancellationToken)
    {
        if (started is { Notify: null, Resumes: null }) return await run();
        var interrupted = started.Resumes is { } before ? TellAsync(before, observer, cancellationToken) : Task.CompletedTask;
        try
        {
            return await WhileAsync(started.RunId, started.Notify ?? [], run, observer);
        }
        finally
        {
            await interrupted;
            await TellAsync(started.RunId, observer, cancellationToken);
        }
    }

    /// <summary>Has a run happen in this process, and tells whoever is to know that it is late.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="rules">Of the run.</param>
    /// <param name="run">Takes it to its end.</param>
    /// <param name="observer">Warned of what does not get through.</param>
    public async Task<RunState> WhileAsync(Guid runId, IReadOnlyList<NotifyRule> rules, Func<Task<RunState>> run, IRunObserver observer)
    {
        using var ended = new CancellationTokenSource();
        var late = WarnAsync(TellWhenLateAsync(runId, rules, ended.Token), observer);
        try
        {
            return await run();
        }
        finally
        {
            await ended.CancelAsync();
            await late;
        }
    }

    /// <summary>Tells of a run that has ended, and of what had to wait before.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="observer">Warned of what does not get through.</param>
    /// <param name="cancellationToken">Gives up telling.</param>
    public Task TellAsync(Guid runId, IRunObserver observer, CancellationToken cancellationToken) => WarnAsync(TellAsync(runId, cancellationToken), observer);

    /// <summary>Tells of a run that has ended, and of what had to wait before.</summary>
    /// <returns>What did not get through.</returns>
    public async Task<IReadOnlyList<Error>> TellAsync(Guid runId, CancellationToken cancellationToken)
    {
        var run = (await ReadAsync(runId, cancellationToken)).State;
        if (run.Notify.Count == 0) return [];
        var previous = run.Notify.Any(rule => rule.On == Occasion.Recovery) ? await FindPreviousAsync(run, cancellationToken) : null;
        var told = await Task.WhenAll(run.Notify.Select(rule => TellAsync(rule, run, rule.Concerns(run, previous), cancellationToken)));
        return [.. told.OfType<Error>()];
    }

    /// <summary>Waits until a run that has just begun is late, and tells of it if it still runs then.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="rules">Of the run.</param>
    /// <param name="cancellationToken">Given when the run has ended: what is being sent then is not waited for.</param>
    /// <returns>What did not get through.</returns>
    public async Task<IReadOnlyList<Error>> TellWhenLateAsync(Guid runId, IReadOnlyList<NotifyRule> rules, CancellationToken cancellationToken)
    {
        var told = await Task.WhenAll(rules.Where(rule => rule.On == Occasion.Late).Select(rule => TellWhenLateAsync(runId, rule, cancellationToken)));
        return [.. told.OfType<Error>()];
    }

    private static async Task WarnAsync(Task<IReadOnlyList<Error>> telling, IRunObserver observer)
    {
        try
        {
            foreach (var failure in await telling) observer.Warning($"a notification did not get through: {failure.Message}");
        }
        catch (FlexCoreException broken)
        {
            observer.Warning($"nobody could be notified: {broken.Error.Message}");
        }
        catch (OperationCanceledException)
        {
            observer.Warning("notifications were given up");
        }
    }

    private async Task<Error?> TellWhenLateAsync(Guid runId, NotifyRule rule, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(rule.LateMs!.Value), time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        // Not given up any more: what was begun is to be seen through, and the sender bounds it.
        var run = (await ReadAsync(runId, CancellationToken.None)).State;
        return run.Status == RunStatus.Running ? await TellAsync(rule, run, happened: true, CancellationToken.None) : null;
    }

    private async Task<Error?> TellAsync(NotifyRule rule, RunState run, bool happened, CancellationToken cancellationToken)
    {
        try
        {
            var channel = await channels.FindAsync(rule.Channel, cancellationToken);
            if (!channel.IsSuccess) return channel.Errors[0];
            var stream = EventStreams.Notifications(rule.Channel, run.Pipeline, rule.On);
            var decided = await DecideAsync(stream, group => happened ? group.Note(run.RunId, time.GetUtcNow()) : group.Send(time.GetUtcNow()), run.RunId, cancellationToken);
            return decided is NotificationStarted started ? await SendAsync(stream, channel.Value, rule, started, cancellationToken) : null;
        }
        catch (FlexCoreException broken)
        {
            return broken.Error;
        }
    }

    private async Task<Error?> SendAsync(string stream, Channel channel, NotifyRule rule, NotificationStarted started, CancellationToken cancellationToken)
    {
        var (run, startedAt) = await ReadAsync(started.RunId, cancellationToken);
        var notification = new Notification(rule.On, run, startedAt, started.Left.Count, started.Left.Since!.Value, rule.LateMs is { } late ? TimeSpan.FromMilliseconds(late) : null);
        var failure = await sender.SendAsync(channel, notification, cancellationToken);

        // Not cancellable: what has happened is recorded.
        await DecideAsync(
            stream,
            group => failure is null ? group.Deliver(started, time.GetUtcNow(), channel.Window) : group.Fail(started, failure.Message, time.GetUtcNow(), channel.Window),
            started.RunId,
            CancellationToken.None);
        return failure;
    }

    /// <summary>Decides on how things are, again when another process was faster.</summary>
    private async Task<IDomainEvent?> DecideAsync(string stream, Func<NotificationGroup, IDomainEvent?> decide, Guid runId, CancellationToken cancellationToken)
    {
        while (true)
        {
            var last = await log.ReadLastAsync(stream, cancellationToken);
            if (decide(NotificationGroup.After(last?.Event)) is not { } decided) return null;
            try
            {
                await log.AppendAsync(stream, last?.Version ?? 0, [decided], EventContext.New(runId), cancellationToken);
                return decided;
            }
            catch (FlexCoreException conflict) when (conflict.Error.Code == ErrorCodes.VersionConflict)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>How the last run before has ended that was let end, and that was no trial.</summary>
    private async Task<RunStatus?> FindPreviousAsync(RunState run, CancellationToken cancellationToken)
    {
        var runs = await views.ListRunsAsync(new RunFilter(RunsBefore, run.Pipeline), cancellationToken);
        return runs.SkipWhile(other => other.RunId != run.RunId).Skip(1)
            .FirstOrDefault(other => other is { IsDryRun: false, Replays: null, Status: RunStatus.Succeeded or RunStatus.Failed or RunStatus.Interrupted })?.Status;
    }

    private async Task<(RunState State, DateTimeOffset StartedAt)> ReadAsync(Guid runId, CancellationToken cancellationToken)
    {
        var facts = await log.ReadAsync(EventStreams.Run(runId), cancellationToken);
        return (facts.Aggregate(RunState.Empty, (state, fact) => state.Apply(fact.Event)), facts.Count > 0 ? facts[0].At : default);
    }
}
