using System.Diagnostics;
using System.Diagnostics.Metrics;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Bus;

/// <summary>Refuses what is wrong as it stands.</summary>
public sealed class ValidateRequests : IDecorator
{
    /// <inheritdoc/>
    public Task<Result<TResult>> InvokeAsync<TResult>(IRequest<TResult> request, Caller caller, Func<Task<Result<TResult>>> next, CancellationToken cancellationToken)
    {
        Error[] errors = [.. request.Validate()];
        return errors.Length > 0 ? Task.FromResult<Result<TResult>>(errors) : next();
    }
}

/// <summary>Refuses what the caller may not do, and keeps that on record.</summary>
public sealed class AuthorizeRequests(IAccessPolicy policy, IEventLog log) : IDecorator
{
    /// <inheritdoc/>
    public async Task<Result<TResult>> InvokeAsync<TResult>(IRequest<TResult> request, Caller caller, Func<Task<Result<TResult>>> next, CancellationToken cancellationToken)
    {
        if (await policy.RefuseAsync(caller, request.Permission, request.Reach, cancellationToken) is not { } why) return await next();
        return await DenyAsync(log, caller, request.GetType().Name, request.Permission, why, cancellationToken);
    }

    /// <summary>Keeps on record that somebody was refused.</summary>
    /// <param name="log">Where to.</param>
    /// <param name="caller">Who.</param>
    /// <param name="request">What they asked.</param>
    /// <param name="needs">What one must be allowed for it.</param>
    /// <param name="why">Why, to be read behind the request.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>What they are told.</returns>
    public static async Task<Error> DenyAsync(IEventLog log, Caller caller, string request, Permission needs, string why, CancellationToken cancellationToken)
    {
        await log.AppendAsync(EventStreams.Access(caller.Name), expectedVersion: null, [new AccessDenied(caller.Name, request, needs)], EventContext.Of(caller), cancellationToken);
        return new Error(ErrorCodes.AccessDenied, $"{caller.Name} may not do this: {request} {why}");
    }
}

/// <summary>Traces and times every request, by its kind.</summary>
public sealed class MeasureRequests : IDecorator
{
    /// <summary>The name of the source of spans and of the meter.</summary>
    public const string Source = "FlexCore.Application";

    private static readonly ActivitySource Spans = new(Source);
    private static readonly Meter Meter = new(Source);
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("request_duration_seconds", "s", "How long requests take, by kind and outcome.");

    /// <inheritdoc/>
    public async Task<Result<TResult>> InvokeAsync<TResult>(IRequest<TResult> request, Caller caller, Func<Task<Result<TResult>>> next, CancellationToken cancellationToken)
    {
        var kind = request.GetType().Name;
        using var span = Spans.StartActivity(kind);
        var began = Stopwatch.GetTimestamp();
        var outcome = "broken";
        try
        {
            var result = await next();
            outcome = result.IsSuccess ? "done" : result.Errors[0].Code.Id;
            return result;
        }
        catch (FlexCoreException e)
        {
            outcome = e.Error.Code.Id;
            throw;
        }
        finally
        {
            span?.SetTag("outcome", outcome);
            if (outcome != "done") span?.SetStatus(ActivityStatusCode.Error);
            Duration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, new("request", kind), new("outcome", outcome));
        }
    }
}

/// <summary>Does a command anew, from what is stored then, when somebody else was quicker to change the same.</summary>
public sealed class RetryConflicts : IDecorator
{
    private const int Attempts = 5;

    /// <inheritdoc/>
    public async Task<Result<TResult>> InvokeAsync<TResult>(IRequest<TResult> request, Caller caller, Func<Task<Result<TResult>>> next, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await next();
            }
            catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.VersionConflict && request is ICommand<TResult> && attempt < Attempts)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }
}
