using System.Threading.RateLimiting;
using FlexCore.Domain.Errors;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Access;

/// <summary>Keeps one caller from taking the server from all others.</summary>
internal sealed class CallerRates : IAsyncDisposable
{
    /// <summary>Requests of one caller in a second, in the long run.</summary>
    public const int Sustained = 1_000;

    /// <summary>Requests of one caller at once.</summary>
    public const int Burst = 2_000;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly PartitionedRateLimiter<HttpContext> _limiter = PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(
        context.Caller().Name,
        _ => new TokenBucketRateLimiterOptions { TokenLimit = Burst, TokensPerPeriod = Sustained / 10, ReplenishmentPeriod = Period, QueueLimit = 0, AutoReplenishment = true }));

    /// <summary>Lets pass what is within the rate.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<PublicEndpoint>() is not null)
        {
            await next(context);
            return;
        }

        if (Count(context) is { } refusal) await Problems.WriteAsync(context, [refusal.Error], refusal.After);
        else await next(context);
    }

    /// <summary>Counts a request.</summary>
    /// <returns>Why it is not done; null within the rate.</returns>
    public Refusal? Count(HttpContext context)
    {
        using var lease = _limiter.AttemptAcquire(context);
        return lease.IsAcquired ? null : new Refusal(new Error(ErrorCodes.TooManyRequests, $"{context.Caller().Name} asks more than {Sustained} times a second"), TimeSpan.FromSeconds(1));
    }

    public ValueTask DisposeAsync() => _limiter.DisposeAsync();
}
