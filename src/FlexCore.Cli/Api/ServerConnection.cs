using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FlexCore.Client;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Api;

/// <summary>Asks a server; what it refuses is told in the words and with the exit codes that this machine would use.</summary>
internal sealed class ServerConnection : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(100);

    private readonly HttpClient _http;

    /// <param name="server">The server.</param>
    /// <param name="patience">How long an answer may take; null for as long as answers take that only look something up or put it on record.</param>
    public ServerConnection(ServerLocation server, TimeSpan? patience = null)
    {
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // The token is for this server alone.
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = ConnectTimeout,
            UseProxy = !server.Address.IsLoopback,
            UseCookies = false,
        };
        _http = new HttpClient(new Refusals(server.Address, patience ?? AnswerTimeout) { InnerHandler = sockets }) { BaseAddress = server.Address, Timeout = Timeout.InfiniteTimeSpan };
        Client = new FlexCoreClient(_http, server.Token);
    }

    public FlexCoreClient Client { get; }

    public void Dispose() => _http.Dispose();

    /// <summary>Makes errors of what a server refuses, and of what does not answer.</summary>
    private sealed class Refusals(Uri server, TimeSpan answerTimeout) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(answerTimeout);
            try
            {
                var response = await base.SendAsync(request, patience.Token);
                if (response.IsSuccessStatusCode) return response;
                using (response) throw new FlexCoreException(await ExplainAsync(response, patience.Token));
            }
            catch (HttpRequestException e)
            {
                throw Unreachable(e.InnerException?.Message ?? e.Message, e);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw Unreachable("it does not answer", e);
            }
        }

        private FlexCoreException Unreachable(string why, Exception cause) => new(new Error(ErrorCodes.ServerUnreachable, $"{server} cannot be asked: {why}"), cause);

        private async Task<IReadOnlyList<Error>> ExplainAsync(HttpResponseMessage response, CancellationToken cancellationToken)
        {
            if (response.Content.Headers.ContentType?.MediaType != "application/problem+json" || await ReadAsync(response, cancellationToken) is not { } problem)
                return [new Error(ErrorCodes.ServerUnusable, $"{server} has answered with HTTP {(int)response.StatusCode}, and not as a FlexCore server does")];
            return problem.Errors is { Count: > 0 } errors
                ? [.. errors.Select(each => Translate(each.Code, problem.Title, each.Detail, each.Remedy, each.File is { } file ? new SourceLocation(file, each.Line ?? 0, each.Column ?? 0) : null))]
                : [Translate(problem.Code, problem.Title, problem.Detail, problem.Remedy, location: null)];
        }

        private static async Task<Problem?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
        {
            try
            {
                return await response.Content.ReadFromJsonAsync(FlexCoreJson.Default.Problem, cancellationToken);
            }
            catch (JsonException)
            {
                return null;
            }
        }

        // A server of a later version may know errors that are not known here.
        private static Error Translate(string code, string title, string detail, string remedy, SourceLocation? location)
        {
            var known = ErrorCodes.Find(code);
            if (known.Id != code) known = new ErrorCode(code, "Unknown", ErrorCodes.ServerUnusable.ExitCode, IsTransient: false, ErrorLevel.Error, title, remedy, CountsAgainstAvailability: false);
            return new Error(known, detail, location, remedy);
        }
    }
}
