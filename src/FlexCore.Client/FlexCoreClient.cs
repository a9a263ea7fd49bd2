using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FlexCore.Client;

/// <summary>
/// Asks a FlexCore server over REST. All members may be used from any thread at once. What the server refuses is a <see cref="FlexCoreApiException"/> with its problem document; what cannot be reached,
/// an <see cref="HttpRequestException"/>.
/// </summary>
/// <param name="http">With the address of the server as its base, such as <c>http://127.0.0.1:8080</c>. It stays the caller's.</param>
/// <param name="token">An access token.</param>
public sealed class FlexCoreClient(HttpClient http, string token)
{
    private const int PartLength = 200;

    /// <summary>Who the server takes the bearer of the token for.</summary>
    public Task<Identity> WhoAmIAsync(CancellationToken cancellationToken = default) => GetAsync("system/whoami", FlexCoreJson.Default.Identity, cancellationToken);

    /// <summary>Pipelines and how they fare, by name.</summary>
    public IAsyncEnumerable<PipelineListItem> ListPipelinesAsync(CancellationToken cancellationToken = default) => ListAsync("pipelines", FlexCoreJson.Default.PagePipelineListItem, cancellationToken);

    /// <summary>A pipeline with all its versions.</summary>
    public Task<Pipeline> GetPipelineAsync(string pipeline, CancellationToken cancellationToken = default) => GetAsync($"pipelines/{Escape(pipeline)}", FlexCoreJson.Default.Pipeline, cancellationToken);

    /// <summary>Lets the triggers of a pipeline start runs.</summary>
    public Task<PipelineLifecycle> ActivatePipelineAsync(string pipeline, CancellationToken cancellationToken = default) =>
        PostAsync($"pipelines/{Escape(pipeline)}/activate", content: null, key: null, FlexCoreJson.Default.PipelineLifecycle, cancellationToken);

    /// <summary>Lets no run of a pipeline start; what runs goes on.</summary>
    public Task<PipelineLifecycle> PausePipelineAsync(string pipeline, PausePipeline request, CancellationToken cancellationToken = default) =>
        PostAsync($"pipelines/{Escape(pipeline)}/pause", JsonContent.Create(request, FlexCoreJson.Default.PausePipeline), key: null, FlexCoreJson.Default.PipelineLifecycle, cancellationToken);

    /// <summary>Runs, newest first.</summary>
    /// <param name="pipeline">Only those of this pipeline.</param>
    /// <param name="status">Only those that are there.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public IAsyncEnumerable<RunListItem> ListRunsAsync(string? pipeline = null, string? status = null, CancellationToken cancellationToken = default) =>
        ListAsync($"runs?{Parameter("pipeline", pipeline)}{Parameter("status", status)}", FlexCoreJson.Default.PageRunListItem, cancellationToken);

    /// <summary>A run, by its id, the beginning or end of it, or <c>latest</c>.</summary>
    public Task<Run> GetRunAsync(string run, CancellationToken cancellationToken = default) => GetAsync($"runs/{Escape(run)}", FlexCoreJson.Default.Run, cancellationToken);

    /// <summary>Queues a run of a pipeline.</summary>
    /// <param name="request">The wish.</param>
    /// <param name="idempotencyKey">1 to 255 printable characters of ASCII: asked again with it, the server answers with the same run. Null where it does not matter.</param>
    /// <param name="cancellationToken">Gives it up; the run may be queued all the same.</param>
    public Task<AcceptedRun> StartRunAsync(StartRun request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        PostAsync("runs", JsonContent.Create(request, FlexCoreJson.Default.StartRun), idempotencyKey, FlexCoreJson.Default.AcceptedRun, cancellationToken);

    /// <summary>Ends a run that waits, and asks the node of one that has begun to end it.</summary>
    public Task<CancelledRun> CancelRunAsync(Guid run, CancelRun request, CancellationToken cancellationToken = default) =>
        PostAsync($"runs/{run}/cancel", JsonContent.Create(request, FlexCoreJson.Default.CancelRun), key: null, FlexCoreJson.Default.CancelledRun, cancellationToken);

    /// <summary>Queues a run again.</summary>
    /// <param name="run">The run.</param>
    /// <param name="request">The wish.</param>
    /// <param name="idempotencyKey">As for <see cref="StartRunAsync"/>.</param>
    /// <param name="cancellationToken">Gives it up; the run may be queued all the same.</param>
    public Task<AcceptedRun> RetryRunAsync(Guid run, RetryRun request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        PostAsync($"runs/{run}/retry", JsonContent.Create(request, FlexCoreJson.Default.RetryRun), idempotencyKey, FlexCoreJson.Default.AcceptedRun, cancellationToken);

    /// <summary>What the plugins of a run said, oldest first.</summary>
    public IAsyncEnumerable<RunLogLine> ReadRunLogAsync(Guid run, CancellationToken cancellationToken = default) => ListAsync($"runs/{run}/logs", FlexCoreJson.Default.PageRunLogLine, cancellationToken);

    /// <summary>The events of a run, those that have happened and those that happen, to its end. A connection that breaks is made again, and nothing is missed or told twice.</summary>
    /// <param name="run">The run.</param>
    /// <param name="after">Leaves out its first events; so many.</param>
    /// <param name="cancellationToken">Ends the watching; the run goes on.</param>
    public async IAsyncEnumerable<StoredEvent> WatchRunAsync(Guid run, long after = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            using var request = Request(HttpMethod.Get, $"runs/{run}/events");
            request.Headers.Accept.ParseAdd("text/event-stream");
            if (after > 0) request.Headers.Add("Last-Event-ID", $"{after}");
            using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NoContent) yield break;
            var events = SseParser.Create(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), (_, data) => JsonSerializer.Deserialize(data, FlexCoreJson.Default.StoredEvent)!);
            await using var each = events.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await MoveNextAsync(each).ConfigureAwait(false))
            {
                after = each.Current.Data.Version;
                yield return each.Current.Data;
            }
        }
    }

    /// <summary>Plugins and what they used, by name.</summary>
    public IAsyncEnumerable<PluginListItem> ListPluginsAsync(CancellationToken cancellationToken = default) => ListAsync("plugins", FlexCoreJson.Default.PagePluginListItem, cancellationToken);

    /// <summary>A plugin: what it asks for and what it was granted.</summary>
    public Task<Plugin> GetPluginAsync(string plugin, CancellationToken cancellationToken = default) => GetAsync($"plugins/{Escape(plugin)}", FlexCoreJson.Default.Plugin, cancellationToken);

    /// <summary>The event log behind a position, in the order in which things happened.</summary>
    public IAsyncEnumerable<StoredEvent> ListEventsAsync(long after = 0, string? category = null, string? type = null, CancellationToken cancellationToken = default) =>
        ListAsync($"events?{Parameter("category", category)}{Parameter("type", type)}", FlexCoreJson.Default.PageStoredEvent, cancellationToken, after > 0 ? $"{after}" : null);

    /// <summary>The processes that run pipelines.</summary>
    public IAsyncEnumerable<Node> ListNodesAsync(CancellationToken cancellationToken = default) => ListAsync("nodes", FlexCoreJson.Default.PageNode, cancellationToken);

    // A stream that breaks off is asked for again by whoever enumerates; the end of the run is told by the server.
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

    private static string Parameter(string name, string? value) => value is null ? "" : $"{name}={Escape(value)}&";

    private async IAsyncEnumerable<T> ListAsync<T>(string path, JsonTypeInfo<Page<T>> json, [EnumeratorCancellation] CancellationToken cancellationToken, string? after = null)
    {
        do
        {
            var part = await GetAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? "" : "?")}&{Parameter("after", after)}limit={PartLength}", json, cancellationToken).ConfigureAwait(false);
            foreach (var item in part.Items) yield return item;
            after = part.Next;
        }
        while (after is not null);
    }

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> json, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Get, path);
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        return (await response.Content.ReadFromJsonAsync(json, cancellationToken).ConfigureAwait(false))!;
    }

    private async Task<T> PostAsync<T>(string path, HttpContent? content, string? key, JsonTypeInfo<T> json, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Post, path);
        request.Content = content;
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        return (await response.Content.ReadFromJsonAsync(json, cancellationToken).ConfigureAwait(false))!;
    }

    private HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri($"api/v1/{path}", UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode) return response;
        using (response)
        {
            var isProblem = response.Content.Headers.ContentType?.MediaType == "application/problem+json";
            throw new FlexCoreApiException(response.StatusCode, isProblem ? await response.Content.ReadFromJsonAsync(FlexCoreJson.Default.Problem, cancellationToken).ConfigureAwait(false) : null);
        }
    }
}
