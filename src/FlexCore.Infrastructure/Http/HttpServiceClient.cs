using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Http;

/// <summary>
/// A service over HTTP. What it answers to a request comes back as it is; what says that the service itself is not well (408, 425, 429 and 500 to 599) is a failure, tried again after the pause that
/// <c>Retry-After</c> asks for where the request may be repeated. Redirections are answers, too. Neither paths nor contents nor credentials are in the log or in an error.
/// </summary>
public sealed class HttpServiceClient : SystemClient
{
    private static readonly SystemTelemetry Telemetry = new("http", SystemKind.Http);

    private readonly HttpExchange _exchange;
    private readonly string _healthPath;

    internal HttpServiceClient(string name, HttpOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time) => (_exchange, _healthPath) = (new HttpExchange(name, options, time), options.HealthPath);

    /// <summary>Asks the service.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException">It cannot be reached, is not well, or answers with more than is read (<c>MaxAnswerBytes</c>).</exception>
    public ValueTask<HttpAnswer> SendAsync(HttpCall call, CancellationToken cancellationToken) =>
        RunAsync(new Operation(call.Method.Method, call.MayRepeat), resource: null, (_exchange, call), static (asked, token) => asked._exchange.SendAsync(asked.call, token), cancellationToken);

    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        var answer = await _exchange.SendAsync(new HttpCall(HttpMethod.Get, _healthPath), cancellationToken);
        return $"answers {(int)answer.EnsureSuccess().Status}";
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps() => [Disposing(_exchange)];

    private protected override CallFailure? Understand(Exception failure) => HttpExchange.Understand(failure);

    private protected override TimeSpan? PauseAfter(Exception failure) => HttpExchange.PauseAfter(failure);
}
