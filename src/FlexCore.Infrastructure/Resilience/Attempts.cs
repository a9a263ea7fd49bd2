using System.Runtime.ExceptionServices;
using Polly;
using Polly.Retry;

namespace FlexCore.Infrastructure.Resilience;

/// <summary>The attempts of a call after the first, which most calls never need: it is made without the machinery that is here.</summary>
internal sealed class Attempts
{
    private readonly ResiliencePipeline _retry;

    /// <param name="options">How it is tried again.</param>
    /// <param name="isTransient">Tells failures that may pass.</param>
    /// <param name="pauseOf">What a failure says of the pause after it; null where it says nothing.</param>
    /// <param name="retrying">Told of each failure after which the call is tried again: which attempt it was, counted from 1, and the pause.</param>
    /// <param name="time">The clock.</param>
    public Attempts(RetryOptions options, Func<Exception, bool> isTransient, Func<Exception, TimeSpan?> pauseOf, Action<Exception, int, TimeSpan> retrying, TimeProvider time)
    {
        AreSeveral = options.Attempts > 1;
        _retry = AreSeveral ? new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(Retry(options, isTransient, pauseOf, retrying)).Build() : ResiliencePipeline.Empty;
    }

    /// <summary>Whether there are any after the first.</summary>
    public bool AreSeveral { get; }

    /// <summary>Goes on after the first attempt has failed.</summary>
    /// <param name="first">Its failure.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Ends all of it.</param>
    public async ValueTask<T> GoOnAsync<T>(Exception first, Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        var failed = (Exception?)first;
        return await _retry.ExecuteAsync(
            token =>
            {
                if (Interlocked.Exchange(ref failed, null) is { } already) ExceptionDispatchInfo.Throw(already);
                return call(token);
            },
            cancellationToken);
    }

    /// <summary>What is wrong with options, if anything is: the key and what it must be.</summary>
    public static IEnumerable<(string Key, string Problem)> ProblemsOf(RetryOptions retry)
    {
        if (retry.Attempts is < 1 or > 100) yield return ("Retry:Attempts", "must be 1 to 100");
        if (retry.Delay < TimeSpan.Zero || retry.Delay > TimeSpan.FromDays(1)) yield return ("Retry:Delay", "must be 0 to one day");
        if (retry.MaxDelay < retry.Delay) yield return ("Retry:MaxDelay", "must not be shorter than Retry:Delay");
        if (retry.Backoff == Backoff.Custom && retry.Delays.Count == 0) yield return ("Retry:Delays", "must list the pauses, as Retry:Backoff is Custom");
        if (retry.Delays.Any(delay => delay < TimeSpan.Zero)) yield return ("Retry:Delays", "must not be negative");
    }

    private static RetryStrategyOptions Retry(RetryOptions options, Func<Exception, bool> isTransient, Func<Exception, TimeSpan?> pauseOf, Action<Exception, int, TimeSpan> retrying) =>
        new()
        {
            MaxRetryAttempts = options.Attempts - 1,
            Delay = options.Delay,
            MaxDelay = options.MaxDelay,
            BackoffType = options.Backoff == Backoff.Exponential ? DelayBackoffType.Exponential : DelayBackoffType.Constant,
            UseJitter = options.Jitter,
            ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } failure && isTransient(failure)),

            // Null for the pause as it is set.
            DelayGenerator = arguments => ValueTask.FromResult(
                pauseOf(arguments.Outcome.Exception!) ?? (options.Backoff == Backoff.Custom ? options.Delays[Math.Min(arguments.AttemptNumber, options.Delays.Count - 1)] : null as TimeSpan?)),
            OnRetry = arguments =>
            {
                retrying(arguments.Outcome.Exception!, arguments.AttemptNumber + 1, arguments.RetryDelay);
                return default;
            },
        };
}
