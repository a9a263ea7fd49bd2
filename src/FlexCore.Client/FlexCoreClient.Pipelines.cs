using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace FlexCore.Client;

/// <content>Pipelines, their bookmarks and backfills.</content>
public sealed partial class FlexCoreClient
{
    /// <inheritdoc/>
    public IAsyncEnumerable<PipelineListItem> ListPipelinesAsync(CancellationToken cancellationToken = default) =>
        ListAsync("pipelines", FlexCoreJson.Default.PagePipelineListItem, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public Task<Pipeline> GetPipelineAsync(string pipeline, CancellationToken cancellationToken = default) => GetAsync($"pipelines/{Escape(pipeline)}", FlexCoreJson.Default.Pipeline, cancellationToken);

    /// <inheritdoc/>
    public Task<PipelineDiff> ComparePipelineAsync(string pipeline, int? from = null, int? to = null, CancellationToken cancellationToken = default) =>
        GetAsync(Address($"pipelines/{Escape(pipeline)}/diff", ("from", Text(from)), ("to", Text(to))), FlexCoreJson.Default.PipelineDiff, cancellationToken);

    /// <inheritdoc/>
    public Task<JsonElement> GetDefinitionAsync(string pipeline, int? version = null, CancellationToken cancellationToken = default) =>
        GetAsync(Address($"pipelines/{Escape(pipeline)}/definition", ("version", Text(version))), FlexCoreJson.Default.JsonElement, cancellationToken);

    /// <inheritdoc/>
    public Task<AppliedPipelines> PlanPipelinesAsync(ApplyPipelines request, CancellationToken cancellationToken = default) =>
        PostAsync("pipelines/plan", JsonContent.Create(request, FlexCoreJson.Default.ApplyPipelines), FlexCoreJson.Default.AppliedPipelines, cancellationToken);

    /// <inheritdoc/>
    public Task<AppliedPipelines> ApplyPipelinesAsync(ApplyPipelines request, CancellationToken cancellationToken = default) =>
        PostAsync("pipelines/apply", JsonContent.Create(request, FlexCoreJson.Default.ApplyPipelines), FlexCoreJson.Default.AppliedPipelines, cancellationToken);

    /// <inheritdoc/>
    public Task<ValidatedPipeline> ValidatePipelineAsync(ValidatePipeline request, CancellationToken cancellationToken = default) =>
        PostAsync("pipelines/validate", JsonContent.Create(request, FlexCoreJson.Default.ValidatePipeline), FlexCoreJson.Default.ValidatedPipeline, cancellationToken);

    /// <inheritdoc/>
    public Task<PipelineLifecycle> ActivatePipelineAsync(string pipeline, CancellationToken cancellationToken = default) =>
        PostAsync($"pipelines/{Escape(pipeline)}/activate", content: null, FlexCoreJson.Default.PipelineLifecycle, cancellationToken);

    /// <inheritdoc/>
    public Task<PipelineLifecycle> PausePipelineAsync(string pipeline, PausePipeline request, CancellationToken cancellationToken = default) =>
        PostAsync($"pipelines/{Escape(pipeline)}/pause", JsonContent.Create(request, FlexCoreJson.Default.PausePipeline), FlexCoreJson.Default.PipelineLifecycle, cancellationToken);

    /// <inheritdoc/>
    public Task<PipelineLifecycle> ArchivePipelineAsync(string pipeline, CancellationToken cancellationToken = default) =>
        PostAsync($"pipelines/{Escape(pipeline)}/archive", content: null, FlexCoreJson.Default.PipelineLifecycle, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, JsonElement>> GetStatesAsync(string pipeline, CancellationToken cancellationToken = default) =>
        GetAsync($"pipelines/{Escape(pipeline)}/state", FlexCoreJson.Default.IReadOnlyDictionaryStringJsonElement, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<StateVersion> ListStateVersionsAsync(string pipeline, string step, int? limit = null, CancellationToken cancellationToken = default) =>
        ListAsync($"{StateOf(pipeline, step)}?newest=true", FlexCoreJson.Default.PageStateVersion, limit, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public Task<StateVersion> GetStateVersionAsync(string pipeline, string step, long version, CancellationToken cancellationToken = default) =>
        GetAsync(string.Create(CultureInfo.InvariantCulture, $"{StateOf(pipeline, step)}/{version}"), FlexCoreJson.Default.StateVersion, cancellationToken);

    /// <inheritdoc/>
    public async Task<State> ChangeStateAsync(string pipeline, string step, ChangeState request, long? ifVersion = null, CancellationToken cancellationToken = default)
    {
        using var message = RequestIf(ifVersion, HttpMethod.Put, StateOf(pipeline, step), JsonContent.Create(request, FlexCoreJson.Default.ChangeState));
        return await AskAsync(message, FlexCoreJson.Default.State, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<State> ClearStateAsync(string pipeline, string step, string? reason = null, long? ifVersion = null, CancellationToken cancellationToken = default)
    {
        using var message = RequestIf(ifVersion, HttpMethod.Delete, Address(StateOf(pipeline, step), ("reason", reason)));
        return await AskAsync(message, FlexCoreJson.Default.State, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<Backfill> StartBackfillAsync(string pipeline, StartBackfill request, CancellationToken cancellationToken = default) =>
        PostAsync($"pipelines/{Escape(pipeline)}/backfills", JsonContent.Create(request, FlexCoreJson.Default.StartBackfill), FlexCoreJson.Default.Backfill, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Backfill> ListBackfillsAsync(int? limit = null, CancellationToken cancellationToken = default) =>
        ListAsync("backfills", FlexCoreJson.Default.PageBackfill, limit, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public Task<Backfill> PauseBackfillAsync(Guid backfill, StopBackfill request, CancellationToken cancellationToken = default) =>
        PostAsync($"backfills/{backfill}/pause", JsonContent.Create(request, FlexCoreJson.Default.StopBackfill), FlexCoreJson.Default.Backfill, cancellationToken);

    /// <inheritdoc/>
    public Task<Backfill> ResumeBackfillAsync(Guid backfill, CancellationToken cancellationToken = default) =>
        PostAsync($"backfills/{backfill}/resume", content: null, FlexCoreJson.Default.Backfill, cancellationToken);

    /// <inheritdoc/>
    public Task<Backfill> CancelBackfillAsync(Guid backfill, StopBackfill request, CancellationToken cancellationToken = default) =>
        PostAsync($"backfills/{backfill}/cancel", JsonContent.Create(request, FlexCoreJson.Default.StopBackfill), FlexCoreJson.Default.Backfill, cancellationToken);

    private static string StateOf(string pipeline, string step) => $"pipelines/{Escape(pipeline)}/state/{Escape(step)}";

    private HttpRequestMessage RequestIf(long? version, HttpMethod method, string path, HttpContent? content = null) => RequestIf(version?.ToString(CultureInfo.InvariantCulture), method, path, content);

    private HttpRequestMessage RequestIf(string? version, HttpMethod method, string path, HttpContent? content = null)
    {
        var request = Request(method, path, content);
        if (version is not null) request.Headers.Add("If-Match", $"\"{version}\"");
        return request;
    }
}
