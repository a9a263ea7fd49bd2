using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;

namespace FlexCore.Client;

/// <summary>
/// Asks a FlexCore server over REST. All members may be used from any thread at once. What the server refuses is a <see cref="FlexCoreApiException"/> with its problem document; what cannot be reached,
/// an <see cref="HttpRequestException"/>.
/// </summary>
/// <param name="http">With the address of the server as its base, such as <c>http://127.0.0.1:8080</c>. It stays the caller's.</param>
/// <param name="token">An access token.</param>
public sealed partial class FlexCoreClient(HttpClient http, string token) : IFlexCoreApi
{
    private const int PartLength = 200;
    private const string Problems = "application/problem+json";

    // A stream that breaks off is asked for again by whoever enumerates; the end is told by the server.
    private static async ValueTask<bool> MoveNextAsync<T>(IAsyncEnumerator<T> items)
    {
        try
        {
            return await items.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return false;
        }
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);

    /// <summary>An address with those parameters that have a value.</summary>
    private static string Address(string path, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var address = path;
        foreach (var (name, value) in parameters)
        {
            if (value is not null) address += $"{(address.Length == path.Length ? '?' : '&')}{name}={Escape(value)}";
        }

        return address;
    }

    private async IAsyncEnumerable<T> ListAsync<T>(string path, JsonTypeInfo<Page<T>> json, int? limit = null, string? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var left = limit ?? int.MaxValue;
        do
        {
            var length = Math.Min(left, PartLength);
            var part = await GetAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit={length}{(after is null ? "" : $"&after={Escape(after)}")}", json, cancellationToken).ConfigureAwait(false);
            foreach (var item in part.Items) yield return item;
            after = part.Next;
            left -= length;
        }
        while (after is not null && left > 0);
    }

    /// <summary>Server-Sent Events to their end: a connection that breaks is made again behind the last event that came.</summary>
    private async IAsyncEnumerable<T> FollowAsync<T>(string path, string? last, SseItemParser<T> parse, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            using var request = Request(HttpMethod.Get, path);
            request.Headers.Accept.ParseAdd("text/event-stream");
            if (last is not null) request.Headers.Add("Last-Event-ID", last);
            using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NoContent) yield break;
            var events = SseParser.Create(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), parse);
            await using var each = events.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await MoveNextAsync(each).ConfigureAwait(false))
            {
                if (each.Current.EventId is { Length: > 0 } id) last = id;
                yield return each.Current.Data;
            }
        }
    }

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> json, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Get, path);
        return await AskAsync(request, json, cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> PostAsync<T>(string path, HttpContent? content, JsonTypeInfo<T> json, CancellationToken cancellationToken, string? key = null)
    {
        using var request = Request(HttpMethod.Post, path, content);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await AskAsync(request, json, cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> AskAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> json, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        return (await response.Content.ReadFromJsonAsync(json, cancellationToken).ConfigureAwait(false))!;
    }

    private HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, new Uri($"api/v1/{path}", UriKind.Relative)) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode) return response;
        using (response)
        {
            var isProblem = response.Content.Headers.ContentType?.MediaType == Problems;
            throw new FlexCoreApiException(response.StatusCode, isProblem ? await response.Content.ReadFromJsonAsync(FlexCoreJson.Default.Problem, cancellationToken).ConfigureAwait(false) : null);
        }
    }
}
