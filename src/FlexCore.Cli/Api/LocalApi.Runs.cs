using System.Runtime.CompilerServices;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Client;
using FlexCore.Server.Documents;
using Ask = FlexCore.Application.Runs;
using QueuedRun = FlexCore.Client.QueuedRun;
using RunComparison = FlexCore.Client.RunComparison;
using RunStatus = FlexCore.Domain.Runs.RunStatus;
using RunTrigger = FlexCore.Domain.Runs.RunTrigger;

namespace FlexCore.Cli.Api;

/// <content>Runs.</content>
internal sealed partial class LocalApi
{
    /// <inheritdoc/>
    public IAsyncEnumerable<RunListItem> ListRunsAsync(string? pipeline = null, string? status = null, DateTimeOffset? since = null, int? limit = null, CancellationToken cancellationToken = default) =>
        ListAsync(new GetExecutionHistory(new RunFilter(limit ?? int.MaxValue, pipeline, Wording.Read<RunStatus>("status", status), Since: since)), RunDocuments.Describe, limit, cancellationToken);

    /// <inheritdoc/>
    public async Task<Run> GetRunAsync(string run, CancellationToken cancellationToken = default)
    {
        var found = await AskAsync(new ShowRun(run), cancellationToken);
        return RunDocuments.Describe(found, await AskAsync(new ListStates(found.State.Pipeline, OnlyReadable: true), cancellationToken));
    }

    /// <inheritdoc/>
    public Task<AcceptedRun> StartRunAsync(StartRun request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        AskAsync(new StartPipeline(request.Pipeline, request.Set ?? NoVariables, RunTrigger.Manual, request.FullRefresh, request.Priority), id => new AcceptedRun(id), cancellationToken);

    /// <inheritdoc/>
    public Task<CancelledRun> CancelRunAsync(Guid run, Client.CancelRun request, CancellationToken cancellationToken = default) =>
        AskAsync(new Ask.CancelRun(run, request.Reason ?? NoReason), RunDocuments.DescribeCancelled, cancellationToken);

    /// <inheritdoc/>
    public Task<AcceptedRun> RetryRunAsync(Guid run, Client.RetryRun request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        AskAsync(new Ask.RetryRun(run, request.FromStart, request.Set ?? NoVariables), id => new AcceptedRun(id), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunLogLine> ReadRunLogAsync(Guid run, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var line in session.Logs.ReadAsync(run, cancellationToken)) yield return RunDocuments.Describe(line);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<RunArtifact> ListArtifactsAsync(Guid run, CancellationToken cancellationToken = default) => ListAsync(new ListArtifacts(run), RunDocuments.Describe, limit: null, cancellationToken);

    /// <inheritdoc/>
    public async Task ReadArtifactAsync(Guid run, string step, string name, Stream file, CancellationToken cancellationToken = default)
    {
        await using var content = (await AskAsync(new ReadArtifact(run, step, name), cancellationToken)).Content;
        await content.CopyToAsync(file, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<RunNews> FollowRunAsync(Guid run, CancellationToken cancellationToken = default) => FollowedRun.FollowAsync(session.Bus, Session.Caller, run, cancellationToken);

    /// <inheritdoc/>
    public Task<RunComparison> CompareRunsAsync(string run, string other, CancellationToken cancellationToken = default) => AskAsync(new CompareRuns(run, other), RunDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<QueuedRun> ListQueueAsync(string where, CancellationToken cancellationToken = default) => ListAsync(new FindQueuedRuns(where), RunDocuments.Describe, limit: null, cancellationToken);

    /// <inheritdoc/>
    public Task<SystemTotals> GetTotalsAsync(CancellationToken cancellationToken = default) => AskAsync(new GetSystemMetrics(), OperationDocuments.Describe, cancellationToken);
}
