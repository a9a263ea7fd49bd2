using System.Net;
using System.Net.Http.Headers;
using FlexCore.Application.Settings;

namespace FlexCore.Infrastructure.Notifications;

/// <summary>Calls webhooks: the address that was set and no other one, wherever an answer points to.</summary>
internal static class Webhook
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
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Posts JSON.</summary>
    /// <exception cref="UndeliverableException">It was not taken.</exception>
    public static async Task PostAsync(WebhookChannel channel, IReadOnlyDictionary<string, string> secrets, byte[] json, CancellationToken cancellationToken)
    {
        var address = ChannelSettings.Address(channel.Url.Complete(secrets))
            ?? throw new UndeliverableException("the secret in its url does not make an address that begins with https:// (to this machine alone also http://)", isTransient: false);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (channel.Authorization is { } authorization && !request.Headers.TryAddWithoutValidation("Authorization", authorization.Complete(secrets)))
            throw new UndeliverableException("the secret in its authorization cannot stand in a header", isTransient: false);
        try
        {
            using var answer = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode) throw new UndeliverableException(Reason(answer.StatusCode), IsTransient(answer.StatusCode));
        }
        catch (HttpRequestException failure)
        {
            // Its message names the host, which may be part of a secret.
            var isTrust = failure.HttpRequestError == HttpRequestError.SecureConnectionError;
            throw new UndeliverableException(isTrust ? "its certificate is not trusted, or it speaks no TLS that is" : $"it cannot be reached ({failure.HttpRequestError})", !isTrust, failure);
        }
    }

    private static string Reason(HttpStatusCode status) =>
        (int)status is >= 300 and < 400 ? $"it answered {(int)status}, a redirect, which is not followed" : $"it answered {(int)status} ({status})";

    private static bool IsTransient(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;
}
