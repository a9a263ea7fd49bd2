using System.Runtime.CompilerServices;
using System.Text.Json;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Runs;
using FlexCore.Application.Scheduling;
using FlexCore.Client;
using FlexCore.Server.Documents;
using Ask = FlexCore.Application;
using StateVersion = FlexCore.Client.StateVersion;

namespace FlexCore.Cli.Api;

/// <content>Pipelines, their bookmarks and backfills.</content>
internal sealed partial class LocalApi
{
    /// <inheritdoc/>
    public IAsyncEnumerable<PipelineListItem> ListPipelinesAsync(CancellationToken cancellationToken = default) => ListAsync(new GetPipelineStatus(), PipelineDocuments.Describe, limit: null, cancellationToken);

    /// <inheritdoc/>
    public Task<Pipeline> GetPipelineAsync(string pipeline, CancellationToken cancellationToken = default) =>
        AskAsync(new ShowPipeline(pipeline), found => PipelineDocuments.Describe(found, TimeProvider.System.GetUtcNow()), cancellationToken);

    /// <inheritdoc/>
    public Task<PipelineDiff> ComparePipelineAsync(string pipeline, int? from = null, int? to = null, CancellationToken cancellationToken = default) =>
        AskAsync(new ComparePipelineVersions(pipeline, from, to), PipelineDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<JsonElement> GetDefinitionAsync(string pipeline, int? version = null, CancellationToken cancellationToken = default) =>
        AskAsync(new FindPipelineVersion(pipeline, version), found => found.Definition, cancellationToken);

    /// <inheritdoc/>
    public Task<AppliedPipelines> PlanPipelinesAsync(Client.ApplyPipelines request, CancellationToken cancellationToken = default) =>
        AskAsync(new PlanPipelines(Declare(request)), changes => PipelineDocuments.Describe(changes, isDry: true), cancellationToken);

    /// <inheritdoc/>
    public Task<AppliedPipelines> ApplyPipelinesAsync(Client.ApplyPipelines request, CancellationToken cancellationToken = default) =>
        AskAsync(new Ask.Pipelines.ApplyPipelines(Declare(request)), changes => PipelineDocuments.Describe(changes, isDry: false), cancellationToken);

    /// <inheritdoc/>
    public Task<ValidatedPipeline> ValidatePipelineAsync(Client.ValidatePipeline request, CancellationToken cancellationToken = default) =>
        AskAsync(new Ask.Pipelines.ValidatePipeline(PipelineDocuments.Read(request) with { IsSent = false }), PipelineDocuments.Describe, cancellationToken);

    // Files of this machine, named from the current folder.
    private static DeclaredPipelines Declare(Client.ApplyPipelines request)
    {
        var sent = PipelineDocuments.Read(request);
        return sent with { Sources = [.. sent.Sources.Select(source => source with { IsSent = false })] };
    }

    /// <inheritdoc/>
    public Task<PipelineLifecycle> ActivatePipelineAsync(string pipeline, CancellationToken cancellationToken = default) => AskAsync(new ActivatePipeline(pipeline), PipelineDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<PipelineLifecycle> PausePipelineAsync(string pipeline, Client.PausePipeline request, CancellationToken cancellationToken = default) =>
        AskAsync(new Ask.Pipelines.PausePipeline(pipeline, request.Reason), PipelineDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<PipelineLifecycle> ArchivePipelineAsync(string pipeline, CancellationToken cancellationToken = default) => AskAsync(new ArchivePipeline(pipeline), PipelineDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, JsonElement>> GetStatesAsync(string pipeline, CancellationToken cancellationToken = default) => AskAsync(new ListStates(pipeline), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StateVersion> ListStateVersionsAsync(
        string pipeline, string step, int? limit = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var version in (await AskAsync(new ListStateVersions(pipeline, step), cancellationToken)).Reverse().Take(limit ?? int.MaxValue)) yield return PipelineDocuments.Describe(version);
    }

    /// <inheritdoc/>
    public Task<StateVersion> GetStateVersionAsync(string pipeline, string step, long version, CancellationToken cancellationToken = default) =>
        AskAsync(new FindStateVersion(pipeline, step, version), PipelineDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<State> ChangeStateAsync(string pipeline, string step, Client.ChangeState request, long? ifVersion = null, CancellationToken cancellationToken = default) => AskAsync(
        request.FromVersion is { } version ? (StateChange)new RevertState(pipeline, step, version, ifVersion, request.Reason) : new SetState(pipeline, step, request.Value!.Value, ifVersion, request.Reason),
        PipelineDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<State> ClearStateAsync(string pipeline, string step, string? reason = null, long? ifVersion = null, CancellationToken cancellationToken = default) =>
        AskAsync(new ClearState(pipeline, step, ifVersion, reason), PipelineDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<Backfill> StartBackfillAsync(string pipeline, Client.StartBackfill request, CancellationToken cancellationToken = default) =>
        AskAsync(new Ask.Scheduling.StartBackfill(pipeline, request.From, request.To, request.Parallel), PipelineDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Backfill> ListBackfillsAsync(int? limit = null, CancellationToken cancellationToken = default) =>
        ListAsync(new ListBackfills(limit ?? int.MaxValue), PipelineDocuments.Describe, limit, cancellationToken);

    /// <inheritdoc/>
    public Task<Backfill> PauseBackfillAsync(Guid backfill, StopBackfill request, CancellationToken cancellationToken = default) =>
        AskAsync(new PauseBackfill(backfill, request.Reason), PipelineDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<Backfill> ResumeBackfillAsync(Guid backfill, CancellationToken cancellationToken = default) => AskAsync(new ResumeBackfill(backfill), PipelineDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<Backfill> CancelBackfillAsync(Guid backfill, StopBackfill request, CancellationToken cancellationToken = default) =>
        AskAsync(new CancelBackfill(backfill, request.Reason ?? NoReason), PipelineDocuments.Describe, cancellationToken);
}
