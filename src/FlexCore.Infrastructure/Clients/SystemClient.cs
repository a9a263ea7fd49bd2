using System.Diagnostics;
using System.Runtime.CompilerServices;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Resilience;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Clients;

/// <summary>
/// A client of a system outside: one for all who use it in a process. Every operation is limited in time, tried again where that does no harm and may help, traced, measured and logged, and fails with a
/// <see cref="FlexCoreException"/> whose code says what kind of failure it was, whatever the driver throws.
/// </summary>
public abstract partial class SystemClient : IAsyncDisposable
{
    /// <summary>Stands in the log where there is nothing to say.</summary>
    private const string Nothing = "-";

    private readonly SystemTelemetry _telemetry;
    private readonly Attempts _attempts;
    private readonly Breaker _breaker;
    private readonly Deadlines _deadlines;
    private readonly TimeSpan _timeout;
    private readonly ClientHealthOptions _health;
    private readonly ILogger _log;
    private int _isClosed;

    private protected SystemClient(string name, ClientOptions options, SystemTelemetry telemetry, ILoggerFactory loggers, TimeProvider time)
    {
        (Name, Time, _telemetry, _health) = (name, time, telemetry, options.Health);
        _log = loggers.CreateLogger(GetType());
        _attempts = new Attempts(options.Retry, failure => FailureOf(failure)?.Code.IsTransient == true, PauseAfter, LogRetry, time);
        _breaker = new Breaker(options.Breaker, time);
        _timeout = options.Timeout;
        _deadlines = new Deadlines(options.Timeout, time);
    }

    /// <summary>What people call it: the system, and of a named instance its name.</summary>
    public string Name { get; }

    private protected TimeProvider Time { get; }

    private protected bool IsClosed => _isClosed != 0;

    /// <summary>Looks whether the system answers, over the connections that are there.</summary>
    /// <returns>What it has found, for people.</returns>
    /// <exception cref="FlexCoreException">It does not answer, or not in time (<c>Health.Timeout</c>).</exception>
    public async ValueTask<string> CheckHealthAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = Time.CreateTimer(source => ((CancellationTokenSource)source!).Cancel(), limit, _health.Timeout, Timeout.InfiniteTimeSpan);
        try
        {
            var began = Time.GetTimestamp();
            return await PingAsync(limit.Token).AsTask().WaitAsync(limit.Token) ?? FormattableString.Invariant($"answers in {Time.GetElapsedTime(began).TotalMilliseconds:0.0} ms");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed("health check", new CallFailure(FailureKind.Timeout, $"no answer within {_health.Timeout.TotalSeconds:0.###} s"), e);
        }
        catch (Exception e) when (FailureOf(e) is { } failure)
        {
            throw Failed("health check", failure, e);
        }
    }

    /// <summary>Lets what is under way come to its end, and closes the connections.</summary>
    /// <exception cref="AggregateException">Some of it could not be closed as it should; all is closed nevertheless.</exception>
    public async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0) return;
        var failures = new List<Exception>();
        foreach (var close in ClosingSteps())
        {
            try
            {
                await close(cancellationToken);
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }

        if (failures.Count > 0) throw new AggregateException($"{Name} was not closed as it should be", failures);
    }

    /// <summary>As <see cref="CloseAsync"/>, and what went wrong with it is logged.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await CloseAsync(CancellationToken.None);
        }
        catch (AggregateException e)
        {
            foreach (var failure in e.InnerExceptions) LogClosing(_log, Name, failure.Message);
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Asks the least that the system answers to anybody who may use it.</summary>
    /// <returns>What it has found, for people; null where there is no more to say than how soon it answers.</returns>
    private protected abstract ValueTask<string?> PingAsync(CancellationToken cancellationToken);

    /// <summary>What there is to do at the end, each whether or not the ones before it have failed.</summary>
    private protected abstract IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps();

    /// <summary>A step that only disposes something.</summary>
    private protected static Func<CancellationToken, ValueTask> Disposing(IDisposable part) => _ =>
    {
        part.Dispose();
        return default;
    };

    /// <summary>What a failure of the driver means; null of what is none, as a mistake of ours.</summary>
    private protected abstract CallFailure? Understand(Exception failure);

    /// <summary>The pause that a failure itself asks for, before the next attempt; null where it says nothing.</summary>
    private protected virtual TimeSpan? PauseAfter(Exception failure) => null;

    /// <summary>Runs an operation.</summary>
    /// <param name="operation">Which one.</param>
    /// <param name="resource">On what: a topic, a table; null where keys are too many to be told apart.</param>
    /// <param name="state">What the call needs, so that it captures nothing.</param>
    /// <param name="call">The call, once for each attempt.</param>
    /// <param name="cancellationToken">The caller's.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private protected async ValueTask<T> RunAsync<TState, T>(Operation operation, string? resource, TState state, Func<TState, CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        var began = Stopwatch.GetTimestamp();
        using var span = _telemetry.StartSpan(operation, resource, Name);
        var deadline = _deadlines.Next();
        var both = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline) : null;
        var token = both?.Token ?? deadline;
        try
        {
            T result;
            EnsureAllowed();
            try
            {
                result = await call(state, token);
                _breaker.Succeeded();
            }
            catch (Exception e)
            {
                Judge(e, cancellationToken);
                if (!operation.MayRepeat || !_attempts.AreSeveral || token.IsCancellationRequested) throw;
                result = await GoOnAsync(e, state, call, token, cancellationToken);
            }

            End(operation, resource, began, error: null, reason: "");
            return result;
        }
        catch (Exception e)
        {
            var isCancelled = e is OperationCanceledException && cancellationToken.IsCancellationRequested;
            var failure = isCancelled ? null : e is OperationCanceledException && deadline.IsCancellationRequested ? TooLate : FailureOf(e);
            var error = isCancelled ? "cancelled" : (failure?.Code ?? (e as FlexCoreException)?.Error.Code)?.Id ?? e.GetType().Name;
            span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", error);
            End(operation, resource, began, error, isCancelled ? "given up" : failure?.Message ?? (e as FlexCoreException)?.Error.Message ?? Nothing);
            if (failure is not { } known) throw;
            throw Failed(operation.Name, known, e);
        }
        finally
        {
            both?.Dispose();
        }
    }

    private CallFailure TooLate => new(FailureKind.Timeout, $"no end within {_timeout.TotalSeconds:0.###} s");

    private ValueTask<T> GoOnAsync<TState, T>(Exception first, TState state, Func<TState, CancellationToken, ValueTask<T>> call, CancellationToken token, CancellationToken caller) => _attempts.GoOnAsync(
        first,
        async again =>
        {
            EnsureAllowed();
            try
            {
                var result = await call(state, again);
                _breaker.Succeeded();
                return result;
            }
            catch (Exception e)
            {
                Judge(e, caller);
                throw;
            }
        },
        token);

    private void EnsureAllowed()
    {
        if (!_breaker.Allows()) throw new LeftAloneException();
    }

    /// <summary>Tells the breaker how an attempt ended that was not as it should be.</summary>
    private void Judge(Exception failure, CancellationToken caller)
    {
        if (failure is OperationCanceledException && caller.IsCancellationRequested) _breaker.GaveUp();
        else if (failure is OperationCanceledException || FailureOf(failure) is { IsOfTheSystem: true }) _breaker.Failed();
        else _breaker.Succeeded();
    }

    private CallFailure? FailureOf(Exception failure) => failure switch
    {
        LeftAloneException => new CallFailure(FailureKind.LeftAlone, "too many attempts before this one have failed"),
        _ => Understand(failure),
    };

    private protected FlexCoreException Failed(string operation, CallFailure failure, Exception cause) => new(new Error(failure.Code, $"{Name}: {operation}: {failure.Message}"), cause);

    private void End(Operation operation, string? resource, long began, string? error, string reason)
    {
        var took = Stopwatch.GetElapsedTime(began);
        _telemetry.Record(operation, took, error);
        if (!_log.IsEnabled(error is null ? LogLevel.Debug : LogLevel.Warning)) return;
        var (on, ms, correlation) = (resource ?? Nothing, took.TotalMilliseconds, Correlation());
        if (error is null) LogDone(_log, Name, operation.Name, on, ms, correlation);
        else LogFailed(_log, Name, operation.Name, on, ms, error, reason, correlation);
    }

    private static string Correlation() => Activity.Current?.GetBaggageItem("correlation_id") ?? Activity.Current?.TraceId.ToHexString() ?? Nothing;

    private void LogRetry(Exception failure, int attempt, TimeSpan pause)
    {
        var (known, correlation) = (FailureOf(failure), Correlation());
        LogRetry(_log, Name, attempt, known?.Code.Id, known?.Message, pause.TotalMilliseconds, correlation);
    }

    [LoggerMessage(EventId = 300, EventName = "ClientCalled", Level = LogLevel.Debug, Message = "{Component}: {Operation} {Resource} took {DurationMs} ms ({CorrelationId})", SkipEnabledCheck = true)]
    private static partial void LogDone(ILogger log, string component, string operation, string resource, double durationMs, string correlationId);

    [LoggerMessage(EventId = 301, EventName = "ClientCallFailed", Level = LogLevel.Warning, Message = "{Component}: {Operation} {Resource} failed after {DurationMs} ms: {Error}: {Reason} ({CorrelationId})", SkipEnabledCheck = true)]
    private static partial void LogFailed(ILogger log, string component, string operation, string resource, double durationMs, string error, string reason, string correlationId);

    [LoggerMessage(EventId = 302, EventName = "ClientCallRetried", Level = LogLevel.Information, Message = "{Component}: attempt {Attempt} failed with {Error}: {Reason}; the next one comes in {PauseMs} ms ({CorrelationId})")]
    private static partial void LogRetry(ILogger log, string component, int attempt, string? error, string? reason, double pauseMs, string correlationId);

    [LoggerMessage(EventId = 303, EventName = "ClientNotClosed", Level = LogLevel.Warning, Message = "{Component} was not closed as it should be: {Reason}")]
    private static partial void LogClosing(ILogger log, string component, string reason);

    private sealed class LeftAloneException : Exception;
}
