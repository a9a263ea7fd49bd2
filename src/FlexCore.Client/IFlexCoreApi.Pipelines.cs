using System.Text.Json;

namespace FlexCore.Client;

/// <content>Pipelines, their bookmarks and backfills.</content>
public partial interface IFlexCoreApi
{
    /// <summary>Pipelines and how they fare, by name.</summary>
    IAsyncEnumerable<PipelineListItem> ListPipelinesAsync(CancellationToken cancellationToken = default);

    /// <summary>A pipeline with all its versions.</summary>
    Task<Pipeline> GetPipelineAsync(string pipeline, CancellationToken cancellationToken = default);

    /// <summary>What differs between two versions of a pipeline.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="from">The older version; the one before the newer where null.</param>
    /// <param name="to">The newer version; the last one where null.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<PipelineDiff> ComparePipelineAsync(string pipeline, int? from = null, int? to = null, CancellationToken cancellationToken = default);

    /// <summary>A definition of a pipeline.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="version">Which; the last one where null.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<JsonElement> GetDefinitionAsync(string pipeline, int? version = null, CancellationToken cancellationToken = default);

    /// <summary>What would become of pipelines if files were applied.</summary>
    Task<AppliedPipelines> PlanPipelinesAsync(ApplyPipelines request, CancellationToken cancellationToken = default);

    /// <summary>Makes what is on record what files say. When anything is wrong with any of them, nothing is changed; done again, it changes nothing.</summary>
    Task<AppliedPipelines> ApplyPipelinesAsync(ApplyPipelines request, CancellationToken cancellationToken = default);

    /// <summary>Checks a pipeline file with everything that it names; all errors come at once.</summary>
    Task<ValidatedPipeline> ValidatePipelineAsync(ValidatePipeline request, CancellationToken cancellationToken = default);

    /// <summary>Lets the triggers of a pipeline start runs.</summary>
    Task<PipelineLifecycle> ActivatePipelineAsync(string pipeline, CancellationToken cancellationToken = default);

    /// <summary>Lets no run of a pipeline start; what runs goes on.</summary>
    Task<PipelineLifecycle> PausePipelineAsync(string pipeline, PausePipeline request, CancellationToken cancellationToken = default);

    /// <summary>Takes a pipeline out of use.</summary>
    Task<PipelineLifecycle> ArchivePipelineAsync(string pipeline, CancellationToken cancellationToken = default);

    /// <summary>What is committed for a pipeline, by sync step; empty where nothing is.</summary>
    Task<IReadOnlyDictionary<string, JsonElement>> GetStatesAsync(string pipeline, CancellationToken cancellationToken = default);

    /// <summary>The versions of the bookmarks of a sync step, newest first.</summary>
    IAsyncEnumerable<StateVersion> ListStateVersionsAsync(string pipeline, string step, int? limit = null, CancellationToken cancellationToken = default);

    /// <summary>One version of the bookmarks of a sync step.</summary>
    Task<StateVersion> GetStateVersionAsync(string pipeline, string step, long version, CancellationToken cancellationToken = default);

    /// <summary>Puts the bookmarks of a sync step to a value, or back to an older version.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="step">The sync step.</param>
    /// <param name="request">The wish.</param>
    /// <param name="ifVersion">Only if they are at this version, 0 before the first.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<State> ChangeStateAsync(string pipeline, string step, ChangeState request, long? ifVersion = null, CancellationToken cancellationToken = default);

    /// <summary>Removes the bookmarks of a sync step: the next run begins anew.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="step">The sync step.</param>
    /// <param name="reason">Why, for whoever reads the history.</param>
    /// <param name="ifVersion">Only if they are at this version.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<State> ClearStateAsync(string pipeline, string step, string? reason = null, long? ifVersion = null, CancellationToken cancellationToken = default);

    /// <summary>Begins runs for the due times of a range.</summary>
    Task<Backfill> StartBackfillAsync(string pipeline, StartBackfill request, CancellationToken cancellationToken = default);

    /// <summary>The newest backfills.</summary>
    IAsyncEnumerable<Backfill> ListBackfillsAsync(int? limit = null, CancellationToken cancellationToken = default);

    /// <summary>Starts no further runs of a backfill for a while.</summary>
    Task<Backfill> PauseBackfillAsync(Guid backfill, StopBackfill request, CancellationToken cancellationToken = default);

    /// <summary>Lets a backfill go on.</summary>
    Task<Backfill> ResumeBackfillAsync(Guid backfill, CancellationToken cancellationToken = default);

    /// <summary>Ends a backfill and its runs.</summary>
    Task<Backfill> CancelBackfillAsync(Guid backfill, StopBackfill request, CancellationToken cancellationToken = default);
}
