using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace FlexCore.Infrastructure.Resilience;

/// <summary>What the calls to one system go through: a limit of time for all attempts together, the attempts, and a breaker that all calls share.</summary>
internal sealed class CallPipelines
{
    private static readonly TimeSpan ShortestBreak = TimeSpan.FromMilliseconds(500);

    private readonly ResiliencePipeline _shared;
    private readonly CircuitBreakerStateProvider _state = new();

    /// <param name="timeout">How long a call may take with all its attempts.</param>
    /// <param name="retry">How it is tried again.</param>
    /// <param name="breaker">When the system is left alone.</param>
    /// <param name="isTransient">Tells failures that may pass.</param>
    /// <param name="isOfTheSystem">Tells failures that speak of the system, not of what was asked.</param>
    /// <param name="pauseOf">What a failure says of the pause after it; null where it says nothing.</param>
    /// <param name="retrying">Told of each failure after which the call is tried again: which attempt it was, counted from 1, and the pause.</param>
    /// <param name="time">The clock.</param>
    public CallPipelines(
        TimeSpan timeout,
        RetryOptions retry,
        BreakerOptions breaker,
        Func<Exception, bool> isTransient,
        Func<Exception, bool> isOfTheSystem,
        Func<Exception, TimeSpan?> pauseOf,
        Action<Exception, int, TimeSpan> retrying,
        TimeProvider time)
    {
        _shared = breaker.Enabled ? Breaker(breaker, isOfTheSystem, _state, time) : ResiliencePipeline.Empty;
        Once = Within(timeout, time).AddPipeline(_shared).Build();
        Repeating = retry.Attempts > 1 ? Within(timeout, time).AddRetry(Retry(retry, isTransient, pauseOf, retrying)).AddPipeline(_shared).Build() : Once;
    }

    /// <summary>For what must not be done twice.</summary>
    public ResiliencePipeline Once { get; }

    /// <summary>For what may be done again when nobody knows whether it was done.</summary>
    public ResiliencePipeline Repeating { get; }

    /// <summary>Whether the breaker lets calls pass without looking at them.</summary>
    public bool IsClosed => _state.CircuitState == CircuitState.Closed;

    /// <summary>For what is done for others, as long as it takes: tried again after any failure but a cancellation, without a limit of time and without a breaker.</summary>
    public static ResiliencePipeline Attempts(RetryOptions retry, Action<Exception, int, TimeSpan> retrying, TimeProvider time) => retry.Attempts > 1
        ? new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(Retry(retry, static failure => failure is not OperationCanceledException, static _ => null, retrying)).Build()
        : ResiliencePipeline.Empty;

    /// <summary>Tells the breaker how a call has ended that did not go through a pipeline.</summary>
    public void Count(Exception? failure)
    {
        var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        var told = _shared.ExecuteOutcomeAsync(static (_, failure) => new ValueTask<Outcome<bool>>(failure is null ? Outcome.FromResult(true) : Outcome.FromException<bool>(failure)), context, failure);

        // There is nothing to wait for, and what it answers is what it was told.
        if (told.IsCompletedSuccessfully) _ = told.Result;
        ResilienceContextPool.Shared.Return(context);
    }

    /// <summary>What is wrong with options, if anything is: the key and what it must be.</summary>
    public static IEnumerable<(string Key, string Problem)> ProblemsOf(RetryOptions retry, BreakerOptions breaker)
    {
        if (retry.Attempts is < 1 or > 100) yield return ("Retry:Attempts", "must be 1 to 100");
        if (retry.Delay < TimeSpan.Zero || retry.Delay > TimeSpan.FromDays(1)) yield return ("Retry:Delay", "must be 0 to one day");
        if (retry.MaxDelay < retry.Delay) yield return ("Retry:MaxDelay", "must not be shorter than Retry:Delay");
        if (retry.Backoff == Backoff.Custom && retry.Delays.Count == 0) yield return ("Retry:Delays", "must list the pauses, as Retry:Backoff is Custom");
        if (retry.Delays.Any(delay => delay < TimeSpan.Zero)) yield return ("Retry:Delays", "must not be negative");
        if (!breaker.Enabled) yield break;
        if (breaker.FailureRatio is not (> 0 and <= 1)) yield return ("Breaker:FailureRatio", "must be above 0 and at most 1");
        if (breaker.MinimumThroughput < 2) yield return ("Breaker:MinimumThroughput", "must be 2 or more");
        if (breaker.Window < ShortestBreak) yield return ("Breaker:Window", "must be half a second or more");
        if (breaker.Pause < ShortestBreak) yield return ("Breaker:Pause", "must be half a second or more");
    }

    private static ResiliencePipelineBuilder Within(TimeSpan timeout, TimeProvider time) => new ResiliencePipelineBuilder { TimeProvider = time }.AddTimeout(new TimeoutStrategyOptions { Timeout = timeout });

    private static ResiliencePipeline Breaker(BreakerOptions options, Func<Exception, bool> isOfTheSystem, CircuitBreakerStateProvider state, TimeProvider time) => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = options.FailureRatio,
            MinimumThroughput = options.MinimumThroughput,
            SamplingDuration = options.Window,
            BreakDuration = options.Pause,
            StateProvider = state,
            ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } failure && isOfTheSystem(failure)),
        })
        .Build();

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
