using System.Net.Http.Json;

namespace FlexCore.Client;

/// <content>The rest.</content>
public sealed partial class FlexCoreClient
{
    /// <summary>Who the server takes the bearer of the token for.</summary>
    public Task<Identity> WhoAmIAsync(CancellationToken cancellationToken = default) => GetAsync("system/whoami", FlexCoreJson.Default.Identity, cancellationToken);

    /// <summary>Pipelines and how they fare, by name.</summary>
    public IAsyncEnumerable<PipelineListItem> ListPipelinesAsync(CancellationToken cancellationToken = default) => ListAsync("pipelines", FlexCoreJson.Default.PagePipelineListItem, cancellationToken: cancellationToken);

    /// <summary>A pipeline with all its versions.</summary>
    public Task<Pipeline> GetPipelineAsync(string pipeline, CancellationToken cancellationToken = default) => GetAsync($"pipelines/{Escape(pipeline)}", FlexCoreJson.Default.Pipeline, cancellationToken);

    /// <summary>Lets the triggers of a pipeline start runs.</summary>
    public Task<PipelineLifecycle> ActivatePipelineAsync(string pipeline, CancellationToken cancellationToken = default) =>
        PostAsync($"pipelines/{Escape(pipeline)}/activate", content: null, FlexCoreJson.Default.PipelineLifecycle, cancellationToken);

    /// <summary>Lets no run of a pipeline start; what runs goes on.</summary>
    public Task<PipelineLifecycle> PausePipelineAsync(string pipeline, PausePipeline request, CancellationToken cancellationToken = default) =>
        PostAsync($"pipelines/{Escape(pipeline)}/pause", JsonContent.Create(request, FlexCoreJson.Default.PausePipeline), FlexCoreJson.Default.PipelineLifecycle, cancellationToken);

    /// <summary>Plugins and what they used, by name.</summary>
    public IAsyncEnumerable<PluginListItem> ListPluginsAsync(CancellationToken cancellationToken = default) => ListAsync("plugins", FlexCoreJson.Default.PagePluginListItem, cancellationToken: cancellationToken);

    /// <summary>A plugin: what it asks for and what it was granted.</summary>
    public Task<Plugin> GetPluginAsync(string plugin, CancellationToken cancellationToken = default) => GetAsync($"plugins/{Escape(plugin)}", FlexCoreJson.Default.Plugin, cancellationToken);

    /// <summary>The event log behind a position, in the order in which things happened.</summary>
    public IAsyncEnumerable<StoredEvent> ListEventsAsync(long after = 0, string? category = null, string? type = null, CancellationToken cancellationToken = default) =>
        ListAsync(Address("events", ("category", category), ("type", type)), FlexCoreJson.Default.PageStoredEvent, after: after > 0 ? $"{after}" : null, cancellationToken: cancellationToken);

    /// <summary>The processes that run pipelines.</summary>
    public IAsyncEnumerable<Node> ListNodesAsync(CancellationToken cancellationToken = default) => ListAsync("nodes", FlexCoreJson.Default.PageNode, cancellationToken: cancellationToken);
}
