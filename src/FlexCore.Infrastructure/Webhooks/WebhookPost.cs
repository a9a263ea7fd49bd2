using System.Net;
using System.Net.Http.Headers;
using System.Text;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Webhooks;

/// <summary>Calls webhooks: the address that was set and no other one, wherever an answer points to.</summary>
internal static class WebhookPost
{
    private const int MaxHeadersKiB = 16;

    // Certificates are checked, which is the client's own habit. What an answer has in it interests nobody: it is never read.
    private static readonly HttpClient Client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxResponseHeadersLength = MaxHeadersKiB,
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = System.Threading.Timeout.InfiniteTimeSpan,
    };

    /// <summary>An address that may be called; null for all others.</summary>
    public static Uri? Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Length == 0 && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)) ? address : null;

    /// <summary>The header with which an account signs in (RFC 7617).</summary>
    public static string Basic(string account, string token) => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{account}:{token}"))}";

    /// <summary>JSON to be posted.</summary>
    public static HttpContent Json(byte[] json) => new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    /// <summary>A short message, as Twilio takes it (https://www.twilio.com/docs/messaging/api/message-resource).</summary>
    public static HttpContent ShortMessage(string sender, string number, string title, string text) => new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["From"] = sender,
        ["To"] = number,
        ["Body"] = ChatBody.Cut(text.Length == 0 ? title : $"{title}\n{text}", LongestShortMessage),
    });

    // Ten parts are paid for ten times; who wants to know more looks at the run.
    private const int LongestShortMessage = 480;

    /// <summary>Posts.</summary>
    /// <exception cref="WebhookNotTakenException">It was not taken.</exception>
    public static async Task SendAsync(Uri address, string? authorization, HttpContent content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
        if (authorization is not null && !request.Headers.TryAddWithoutValidation("Authorization", authorization))
            throw new WebhookNotTakenException("the secret in its authorization cannot stand in a header", FailureKind.RequestRefused);
        try
        {
            using var answer = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode) throw new WebhookNotTakenException(Reason(answer.StatusCode), KindOf(answer.StatusCode));
        }
        catch (HttpRequestException failure)
        {
            // Its message names the host, which may be part of a secret.
            var isTrust = failure.HttpRequestError == HttpRequestError.SecureConnectionError;
            throw new WebhookNotTakenException(isTrust ? "its certificate is not trusted, or it speaks no TLS that is" : $"it cannot be reached ({failure.HttpRequestError})", isTrust ? FailureKind.RequestRefused : FailureKind.Unreachable, failure);
        }
    }

    private static string Reason(HttpStatusCode status) =>
        (int)status is >= 300 and < 400 ? $"it answered {(int)status}, a redirect, which is not followed" : $"it answered {(int)status} ({status})";

    private static FailureKind KindOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => FailureKind.Busy,
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => FailureKind.AccessRefused,
        >= HttpStatusCode.InternalServerError => FailureKind.Busy,
        _ => FailureKind.RequestRefused,
    };
}
