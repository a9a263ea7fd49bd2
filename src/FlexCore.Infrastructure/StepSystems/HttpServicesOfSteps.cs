using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Http;
using FlexCore.Infrastructure.Resilience;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.StepSystems;

/// <summary>Services that steps ask. Which one is left alone is for the circuits of the runtime to say, over all steps and runs.</summary>
internal sealed class HttpServicesOfSteps(TimeProvider time) : IHttpServices
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public IHttpService Open(HttpAccess access) => new Service(new HttpServiceClient(access.Origin.Authority, Read(access), NullLoggerFactory.Instance, time));

    private static HttpOptions Read(HttpAccess access) => new()
    {
        Addresses = [access.Origin.GetLeftPart(UriPartial.Authority)],
        Auth = Read(access.Credentials),
        Retry = new RetryOptions { Attempts = access.Attempts, Delay = access.Pause, MaxDelay = access.LongestPause < access.Pause ? access.Pause : access.LongestPause },
        Breaker = new BreakerOptions { Enabled = false },
        Timeout = access.Timeout < Longest ? access.Timeout : Longest,
        MaxPerSecond = access.PerSecond ?? 0,
        MaxAnswerBytes = access.MostBytes,
    };

    private static HttpAuthOptions Read(HttpCredentials? credentials) => credentials switch
    {
        null => new HttpAuthOptions(),
        { Bearer: { } token } => new HttpAuthOptions { Kind = HttpAuthKind.Bearer, Token = token.Any(char.IsControl) ? throw Refused("the token of `auth`") : token },
        { TokenUrl: { } address } => new HttpAuthOptions { Kind = HttpAuthKind.ClientCredentials, TokenAddress = address, User = credentials.User!, Password = credentials.Password!, Scope = credentials.Scope ?? "" },
        _ => new HttpAuthOptions { Kind = HttpAuthKind.Basic, User = credentials.User!, Password = credentials.Password! },
    };

    private static FlexCoreException Refused(string what) => new(new Error(ErrorCodes.StepDataInvalid, $"{what} has a line break or another control character in it"));

    private sealed class Service(HttpServiceClient client) : IHttpService
    {
        public async Task<HttpReply> SendAsync(HttpAsk ask, CancellationToken cancellationToken)
        {
            // Relative in every case: what is before a colon would be taken for a scheme.
            var answer = await client.SendAsync(
                new HttpCall(HttpMethod.Parse(ask.Method), "." + ask.Target) { Body = ask.Body, ContentType = ask.ContentType, Headers = ask.Headers, IdempotencyKey = ask.IdempotencyKey }, cancellationToken);
            return new HttpReply((int)answer.Status, answer.Body, answer.Headers.Location, answer.Headers.TryGetValues("Link", out var links) ? [.. links] : []);
        }

        public ValueTask DisposeAsync() => client.DisposeAsync();
    }
}
