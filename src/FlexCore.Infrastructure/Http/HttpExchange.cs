using System.Net;
using System.Net.Http.Headers;
using System.Threading.RateLimiting;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Http;

/// <summary>One attempt of a request to a service, within its limits, and what its failure means.</summary>
internal sealed class HttpExchange : IDisposable
{
    private readonly string _service;
    private readonly HttpMessageInvoker _http;
    private readonly HttpAuth _auth;
    private readonly TimeProvider _time;
    private readonly long _mostBytes;
    private readonly NodeAddresses? _nodes;
    private readonly Uri[] _addresses;
    private readonly RateLimiter? _concurrent;
    private readonly RateLimiter? _perSecond;
    private readonly Action<HttpRequestMessage>? _sign;
    private uint _next;

    /// <param name="service">What people call it.</param>
    /// <param name="options">How it is reached.</param>
    /// <param name="time">The clock.</param>
    /// <param name="sign">Puts into each attempt, when all else is in it, what the service knows its callers by; null where <c>Auth</c> does that.</param>
    public HttpExchange(string service, HttpOptions options, TimeProvider time, Action<HttpRequestMessage>? sign = null)
    {
        (_service, _mostBytes, _time, _sign) = (service, options.MaxAnswerBytes, time, sign);
        _addresses = [.. options.Addresses.Select(address => new Uri(address.EndsWith('/') ? address : address + "/"))];
        if (options.FromNodes) _nodes = new NodeAddresses(_addresses, async (address, token) => (await SendToAsync(address, NodeAddresses.Question, token)).Answer, time);
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            UseCookies = false,

            // So that a change in DNS is noticed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        });
        _auth = new HttpAuth(options.Auth, _http, time);
        if (options.MaxConcurrent > 0) _concurrent = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = options.MaxConcurrent, QueueLimit = int.MaxValue });
        if (options.MaxPerSecond > 0)
        {
            _perSecond = new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
            {
                TokenLimit = options.MaxPerSecond, TokensPerPeriod = options.MaxPerSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = int.MaxValue,
            });
        }
    }

    /// <summary>What a failure means; null of what is none of a service.</summary>
    public static CallFailure? Understand(Exception failure) => failure switch
    {
        ServiceFailedException failed => new CallFailure((int)failed.Status is 429 or 503 or 425 ? FailureKind.Busy : failed.Status == HttpStatusCode.RequestTimeout ? FailureKind.Timeout : FailureKind.Unreachable, failed.Message),
        TokenRefusedException refused => new CallFailure(refused.Status is >= 500 or 429 ? FailureKind.Busy : FailureKind.AccessRefused, refused.Message),
        AnswerTooLongException longer => new CallFailure(FailureKind.RequestRefused, longer.Message),
        HttpRequestException away => new CallFailure(FailureKind.Unreachable, $"{away.HttpRequestError}"),
        HttpIOException broken => new CallFailure(FailureKind.Unreachable, $"{broken.HttpRequestError}"),
        IOException => new CallFailure(FailureKind.Unreachable, "the connection broke"),
        _ => null,
    };

    /// <summary>The pause that the service asks for with a failure.</summary>
    public static TimeSpan? PauseAfter(Exception failure) => (failure as ServiceFailedException)?.RetryAfter;

    /// <summary>Sends a request once.</summary>
    /// <exception cref="ServiceFailedException">The service is not well.</exception>
    public async ValueTask<HttpAnswer> SendAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (_perSecond is not null) (await _perSecond.AcquireAsync(1, cancellationToken)).Dispose();
        using var turn = _concurrent is null ? null : await _concurrent.AcquireAsync(1, cancellationToken);
        var addresses = _nodes is null ? _addresses : await _nodes.FindAsync(cancellationToken);
        var address = addresses[Interlocked.Increment(ref _next) % (uint)addresses.Length];
        HttpAnswer answer;
        string? token;
        try
        {
            (answer, token) = await SendToAsync(address, call, cancellationToken);
        }
        catch (HttpRequestException)
        {
            _nodes?.Doubt();
            throw;
        }

        // It may have been taken back before its time.
        if (answer.Status == HttpStatusCode.Unauthorized && token is not null)
        {
            _auth.Forget(token);
            (answer, _) = await SendToAsync(address, call, cancellationToken);
        }

        EnsureWell(answer.Status, answer.Headers);
        return answer;
    }

    /// <summary>Sends a request once, and leaves what is answered where it is, for it may be longer than what is held: one address, without limits of how much is asked at once.</summary>
    /// <returns>What went well, open and to be disposed; or what did not, as <see cref="SendAsync"/> has it.</returns>
    /// <exception cref="ServiceFailedException">The service is not well.</exception>
    public async ValueTask<(HttpResponseMessage? Open, HttpAnswer? Refused)> OpenAsync(HttpCall call, CancellationToken cancellationToken)
    {
        using var request = await RequestAsync(_addresses[0], call, cancellationToken);
        var response = await _http.SendAsync(request.Message, cancellationToken);
        if (response.IsSuccessStatusCode) return (response, null);
        using (response)
        {
            EnsureWell(response.StatusCode, response.Headers);
            return (null, await ReadAsync(response, cancellationToken));
        }
    }

    public void Dispose()
    {
        _auth.Dispose();
        _http.Dispose();
        _concurrent?.Dispose();
        _perSecond?.Dispose();
    }

    private async ValueTask<(HttpAnswer Answer, string? Token)> SendToAsync(Uri address, HttpCall call, CancellationToken cancellationToken)
    {
        using var request = await RequestAsync(address, call, cancellationToken);
        using var response = await _http.SendAsync(request.Message, cancellationToken);
        return (await ReadAsync(response, cancellationToken), request.Token);
    }

    private async ValueTask<Request> RequestAsync(Uri address, HttpCall call, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(call.Method, new Uri(address, call.Path.TrimStart('/')));
        if (!address.IsBaseOf(request.RequestUri!)) throw new ArgumentException("The path must be one below the address of the service.", nameof(call));
        if (call.ContentType is not null)
        {
            request.Content = new ReadOnlyMemoryContent(call.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", call.ContentType);
        }

        foreach (var (name, value) in call.Headers) request.Headers.TryAddWithoutValidation(name, value);
        if (call.IdempotencyKey is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", call.IdempotencyKey);
        var token = await _auth.ApplyAsync(request, cancellationToken);
        _sign?.Invoke(request);
        return new Request(request, token);
    }

    private async ValueTask<HttpAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var (body, isWhole) = await HttpBody.ReadAsync(response.Content, _mostBytes, cancellationToken);
        if (!isWhole) throw new AnswerTooLongException($"the answer is longer than {_mostBytes} bytes");
        return new HttpAnswer(_service, response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType, body);
    }

    private void EnsureWell(HttpStatusCode status, HttpResponseHeaders headers)
    {
        if ((int)status is 408 or 425 or 429 or >= 500) throw new ServiceFailedException(status, RetryAfter(headers));
    }

    private TimeSpan? RetryAfter(HttpResponseHeaders headers)
    {
        if (headers.RetryAfter is not { } after) return null;
        var pause = after.Delta ?? after.Date - _time.GetUtcNow();
        return pause > TimeSpan.Zero ? pause : null;
    }

    private sealed record Request(HttpRequestMessage Message, string? Token) : IDisposable
    {
        public void Dispose() => Message.Dispose();
    }

    private sealed class ServiceFailedException(HttpStatusCode status, TimeSpan? retryAfter) : Exception($"the service answers {(int)status}")
    {
        public HttpStatusCode Status => status;

        public TimeSpan? RetryAfter => retryAfter;
    }

    private sealed class AnswerTooLongException(string message) : Exception(message);
}
