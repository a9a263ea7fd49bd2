using System.Collections.Immutable;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;

namespace FlexCore.Server.Following;

/// <summary>Reads the new events of one run for as long as somebody follows it.</summary>
/// <typeparam name="TFrame">An event as it goes over the wire.</typeparam>
internal sealed class RunFeed<TFrame> : IDisposable
    where TFrame : IRunFrame
{
    // A busy log is not read for each of its events.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _abandoned = new();
    private readonly IEventLog _log;
    private readonly TimeProvider _time;
    private readonly Func<StoredEvent, TFrame> _write;
    private readonly Action<RunFeed<TFrame>> _gone;
    private ImmutableList<TFrame> _frames = [];
    private TaskCompletionSource _more = New();
    private int _followers;
    private bool _isOver;

    /// <param name="run">The run.</param>
    /// <param name="log">Where it is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="write">Makes a frame; once for all who follow.</param>
    /// <param name="gone">Told when nobody follows it any more.</param>
    public RunFeed(Guid run, IEventLog log, TimeProvider time, Func<StoredEvent, TFrame> write, Action<RunFeed<TFrame>> gone)
    {
        (_log, _time, _write, _gone) = (log, time, write, gone);
        _ = ReadAsync(EventStreams.Run(run), _abandoned.Token);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _abandoned.Cancel();
        _abandoned.Dispose();
    }

    /// <summary>Follows it; null when everybody has just left it.</summary>
    public Follower? TryJoin()
    {
        lock (_gate)
        {
            if (_isOver) return null;
            _followers++;
            return new Follower(this);
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_followers > 0) return;
            _isOver = true;
        }

        _gone(this);
        Dispose();
    }

    private async Task ReadAsync(string stream, CancellationToken cancellationToken)
    {
        long position = 0, looked = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var end = await _log.WaitForEventsAsync(looked, cancellationToken);
                var found = await _log.ReadLogAsync(new EventQuery(position, int.MaxValue, stream), cancellationToken);
                looked = end;
                if (found.Count > 0)
                {
                    position = found[^1].Position;
                    Publish([.. found.Select(_write)]);
                }

                await Task.Delay(ShortestWait, _time, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (FlexCoreException)
            {
                // The log is away: those who follow hear heartbeats until it is back.
                await Task.Delay(PauseAfterFailure, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Publish(ImmutableList<TFrame> frames)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            _frames = _frames.AddRange(frames);
            (waiting, _more) = (_more, New());
        }

        waiting.SetResult();
    }

    private (ImmutableList<TFrame> Frames, Task More) Look()
    {
        lock (_gate) return (_frames, _more.Task);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>One who follows.</summary>
    internal sealed class Follower(RunFeed<TFrame> feed) : IDisposable
    {
        /// <summary>The frames behind a version, as soon as there are any; none after so long.</summary>
        public async Task<IReadOnlyList<TFrame>> NextAsync(long after, TimeSpan atMost, CancellationToken cancellationToken)
        {
            var (frames, more) = feed.Look();
            if (frames.Count == 0 || frames[^1].Version <= after)
            {
                try
                {
                    await more.WaitAsync(atMost, feed._time, cancellationToken);
                }
                catch (TimeoutException)
                {
                    return [];
                }

                frames = feed.Look().Frames;
            }

            // Versions have no gaps.
            return frames.Count == 0 ? [] : frames.GetRange((int)Math.Clamp(after - frames[0].Version + 1, 0, frames.Count), (int)Math.Clamp(frames[^1].Version - after, 0, frames.Count));
        }

        public void Dispose() => feed.Leave();
    }
}
