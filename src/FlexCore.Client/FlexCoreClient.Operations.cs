using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace FlexCore.Client;

/// <content>Plugins, events, dead letters, nodes, secrets, tokens, notifications.</content>
public sealed partial class FlexCoreClient
{
    /// <summary>Who the server takes the bearer of the token for.</summary>
    public Task<Identity> WhoAmIAsync(CancellationToken cancellationToken = default) => GetAsync("system/whoami", FlexCoreJson.Default.Identity, cancellationToken);

    /// <summary>What works on the machine of the server, and which settings hold there.</summary>
    public Task<MachineDiagnosis> DiagnoseAsync(CancellationToken cancellationToken = default) => GetAsync("system/doctor", FlexCoreJson.Default.MachineDiagnosis, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<PluginListItem> ListPluginsAsync(CancellationToken cancellationToken = default) => ListAsync("plugins", FlexCoreJson.Default.PagePluginListItem, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public Task<Plugin> GetPluginAsync(string plugin, CancellationToken cancellationToken = default) => GetAsync($"plugins/{Escape(plugin)}", FlexCoreJson.Default.Plugin, cancellationToken);

    /// <inheritdoc/>
    public Task<AddedPlugin> AddPluginAsync(Stream archive, IReadOnlyList<string>? net = null, CancellationToken cancellationToken = default) =>
        PostAsync(Address("plugins", Granted(net)), Bytes(archive), FlexCoreJson.Default.AddedPlugin, cancellationToken);

    /// <inheritdoc/>
    public async Task<AddedPlugin> UpgradePluginAsync(string plugin, Stream archive, IReadOnlyList<string>? net = null, CancellationToken cancellationToken = default)
    {
        using var message = Request(HttpMethod.Put, Address($"plugins/{Escape(plugin)}", Granted(net)), Bytes(archive));
        return await AskAsync(message, FlexCoreJson.Default.AddedPlugin, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<Plugin> DisablePluginAsync(string plugin, DisablePlugin request, CancellationToken cancellationToken = default) =>
        PostAsync($"plugins/{Escape(plugin)}/disable", JsonContent.Create(request, FlexCoreJson.Default.DisablePlugin), FlexCoreJson.Default.Plugin, cancellationToken);

    /// <inheritdoc/>
    public Task<Plugin> EnablePluginAsync(string plugin, CancellationToken cancellationToken = default) =>
        PostAsync($"plugins/{Escape(plugin)}/enable", content: null, FlexCoreJson.Default.Plugin, cancellationToken);

    /// <inheritdoc/>
    public async Task RemovePluginAsync(string plugin, CancellationToken cancellationToken = default)
    {
        using var message = Request(HttpMethod.Delete, $"plugins/{Escape(plugin)}");
        using var response = await SendAsync(message, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<GrantChange> GrantPluginAsync(string plugin, Grant? wanted = null, CancellationToken cancellationToken = default) =>
        PostAsync($"plugins/{Escape(plugin)}/grant", Body(wanted), FlexCoreJson.Default.GrantChange, cancellationToken);

    /// <inheritdoc/>
    public Task<GrantChange> RevokePluginAsync(string plugin, Grant? unwanted = null, CancellationToken cancellationToken = default) =>
        PostAsync($"plugins/{Escape(plugin)}/revoke", Body(unwanted), FlexCoreJson.Default.GrantChange, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<PluginAudit> AuditPluginsAsync(string? plugin = null, CancellationToken cancellationToken = default) =>
        ListAsync(Address("exposures", ("plugin", plugin)), FlexCoreJson.Default.PagePluginAudit, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredEvent> ListEventsAsync(long after = 0, string? stream = null, string? category = null, string? type = null, int? limit = null, CancellationToken cancellationToken = default) =>
        ListAsync(Address("events", ("stream", stream), ("category", category), ("type", type)), FlexCoreJson.Default.PageStoredEvent, limit, after > 0 ? Text(after) : null, cancellationToken);

    /// <inheritdoc/>
    public Task<StoredEvent> GetEventAsync(long position, CancellationToken cancellationToken = default) => GetAsync($"events/{Text(position)}", FlexCoreJson.Default.StoredEvent, cancellationToken);

    /// <inheritdoc/>
    public Task<ReplayedStream> ReplayStreamAsync(string stream, long? toVersion = null, DateTimeOffset? at = null, CancellationToken cancellationToken = default) =>
        GetAsync(Address("events/replay", ("stream", stream), ("to_version", Text(toVersion)), ("at", at?.ToString("O", CultureInfo.InvariantCulture))), FlexCoreJson.Default.ReplayedStream, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<DeadLetter> ListDeadLettersAsync(DeadLetterFilter filter, Guid? after = null, int? limit = null, CancellationToken cancellationToken = default) => ListAsync(
        Address(
            "deadletters", ("pipeline", filter.Pipeline), ("step", filter.Step), ("run", filter.RunId?.ToString()), ("stream", filter.Stream), ("reason", filter.Reason), ("status", filter.Status)),
        FlexCoreJson.Default.PageDeadLetter, limit, after?.ToString(), cancellationToken);

    /// <inheritdoc/>
    public Task<DeadLetter> GetDeadLetterAsync(string letter, CancellationToken cancellationToken = default) => GetAsync($"deadletters/{Escape(letter)}", FlexCoreJson.Default.DeadLetter, cancellationToken);

    /// <inheritdoc/>
    public Task<AcceptedReplay> ReplayDeadLettersAsync(ReplayDeadLetters request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        PostAsync("deadletters/replay", JsonContent.Create(request, FlexCoreJson.Default.ReplayDeadLetters), FlexCoreJson.Default.AcceptedReplay, cancellationToken, idempotencyKey);

    /// <inheritdoc/>
    public Task<DiscardedDeadLetters> DiscardDeadLettersAsync(DiscardDeadLetters request, CancellationToken cancellationToken = default) =>
        PostAsync("deadletters/discard", JsonContent.Create(request, FlexCoreJson.Default.DiscardDeadLetters), FlexCoreJson.Default.DiscardedDeadLetters, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Node> ListNodesAsync(CancellationToken cancellationToken = default) => ListAsync("nodes", FlexCoreJson.Default.PageNode, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public Task<Node> DrainNodeAsync(string node, CancellationToken cancellationToken = default) => PostAsync($"nodes/{Escape(node)}/drain", content: null, FlexCoreJson.Default.Node, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Worker> ListWorkersAsync(string? status = null, CancellationToken cancellationToken = default) =>
        ListAsync(status is null ? "workers" : $"workers?status={Escape(status)}", FlexCoreJson.Default.PageWorker, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public Task<Worker> ReleaseWorkerAsync(string worker, CancellationToken cancellationToken = default) => PostAsync($"workers/{Escape(worker)}/release", content: null, FlexCoreJson.Default.Worker, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<CatalogEntry> ListCatalogAsync(string kind, int? limit = null, CancellationToken cancellationToken = default) =>
        ListAsync($"catalog/{Escape(kind)}", FlexCoreJson.Default.PageCatalogEntry, limit, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public Task<CatalogEntry> GetCatalogEntryAsync(string kind, string entry, CancellationToken cancellationToken = default) =>
        GetAsync($"catalog/{Escape(kind)}/{Escape(entry)}", FlexCoreJson.Default.CatalogEntry, cancellationToken);

    /// <inheritdoc/>
    public async Task<CatalogEntry> PutCatalogEntryAsync(string kind, string entry, JsonElement document, string? ifVersion = null, CancellationToken cancellationToken = default)
    {
        using var message = RequestIf(ifVersion, HttpMethod.Put, $"catalog/{Escape(kind)}/{Escape(entry)}", JsonContent.Create(document, FlexCoreJson.Default.JsonElement));
        return await AskAsync(message, FlexCoreJson.Default.CatalogEntry, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task DeleteCatalogEntryAsync(string kind, string entry, string? ifVersion = null, CancellationToken cancellationToken = default)
    {
        using var message = RequestIf(ifVersion, HttpMethod.Delete, $"catalog/{Escape(kind)}/{Escape(entry)}");
        using var response = await SendAsync(message, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<Secret> ListSecretsAsync(CancellationToken cancellationToken = default) => ListAsync("secrets", FlexCoreJson.Default.PageSecret, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public async Task SetSecretAsync(string secret, SetSecret request, CancellationToken cancellationToken = default)
    {
        using var message = Request(HttpMethod.Put, $"secrets/{Escape(secret)}", JsonContent.Create(request, FlexCoreJson.Default.SetSecret));
        using var response = await SendAsync(message, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task DeleteSecretAsync(string secret, CancellationToken cancellationToken = default)
    {
        using var message = Request(HttpMethod.Delete, $"secrets/{Escape(secret)}");
        using var response = await SendAsync(message, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<Token> ListTokensAsync(CancellationToken cancellationToken = default) => ListAsync("tokens", FlexCoreJson.Default.PageToken, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public Task<CreatedToken> CreateTokenAsync(CreateToken request, CancellationToken cancellationToken = default) =>
        PostAsync("tokens", JsonContent.Create(request, FlexCoreJson.Default.CreateToken), FlexCoreJson.Default.CreatedToken, cancellationToken);

    /// <inheritdoc/>
    public async Task RevokeTokenAsync(string token, CancellationToken cancellationToken = default)
    {
        using var message = Request(HttpMethod.Delete, $"tokens/{Escape(token)}");
        using var response = await SendAsync(message, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<JsonElement> DiscoverPluginAsync(string plugin, DiscoverPlugin request, CancellationToken cancellationToken = default) =>
        PostAsync($"plugins/{Escape(plugin)}/discover", JsonContent.Create(request, FlexCoreJson.Default.DiscoverPlugin), FlexCoreJson.Default.JsonElement, cancellationToken);

    /// <summary>Queues a run of a task plugin by itself, under its standing grants: a run of the pipeline <c>plugin-NAME</c>, to be followed as any run. What the plugin leaves is the output of its one step.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="request">With what.</param>
    /// <param name="idempotencyKey">By which the server knows the same wish again: however often it is sent, the plugin runs once.</param>
    /// <param name="cancellationToken">Gives the wish up; what is queued runs.</param>
    public Task<AcceptedRun> ExecutePluginAsync(string plugin, ExecutePlugin request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        PostAsync($"plugins/{Escape(plugin)}/execute", JsonContent.Create(request, FlexCoreJson.Default.ExecutePlugin), FlexCoreJson.Default.AcceptedRun, cancellationToken, idempotencyKey);

    /// <inheritdoc/>
    public Task<ChannelTest> TestChannelAsync(string channel, CancellationToken cancellationToken = default) =>
        PostAsync($"channels/{Escape(channel)}/test", content: null, FlexCoreJson.Default.ChannelTest, cancellationToken);

    private static StreamContent Bytes(Stream archive) => new(archive) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };

    private static JsonContent? Body(Grant? grant) => grant is null ? null : JsonContent.Create(grant, FlexCoreJson.Default.Grant);

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static (string Name, string? Value)[] Granted(IReadOnlyList<string>? net) => [.. (net ?? []).Select(destination => ("net", (string?)destination))];
}
