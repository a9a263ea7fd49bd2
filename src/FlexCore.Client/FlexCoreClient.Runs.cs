using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace FlexCore.Client;

/// <content>Runs.</content>
public sealed partial class FlexCoreClient
{
    /// <inheritdoc/>
    public IAsyncEnumerable<RunListItem> ListRunsAsync(string? pipeline = null, string? status = null, DateTimeOffset? since = null, int? limit = null, CancellationToken cancellationToken = default) =>
        ListAsync(Address("runs", ("pipeline", pipeline), ("status", status), ("since", since?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))), FlexCoreJson.Default.PageRunListItem, limit, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public Task<Run> GetRunAsync(string run, CancellationToken cancellationToken = default) => GetAsync($"runs/{Escape(run)}", FlexCoreJson.Default.Run, cancellationToken);

    /// <inheritdoc/>
    public Task<AcceptedRun> StartRunAsync(StartRun request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        PostAsync("runs", JsonContent.Create(request, FlexCoreJson.Default.StartRun), FlexCoreJson.Default.AcceptedRun, cancellationToken, idempotencyKey);

    /// <inheritdoc/>
    public Task<CancelledRun> CancelRunAsync(Guid run, CancelRun request, CancellationToken cancellationToken = default) =>
        PostAsync($"runs/{run}/cancel", JsonContent.Create(request, FlexCoreJson.Default.CancelRun), FlexCoreJson.Default.CancelledRun, cancellationToken);

    /// <inheritdoc/>
    public Task<AcceptedRun> RetryRunAsync(Guid run, RetryRun request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        PostAsync($"runs/{run}/retry", JsonContent.Create(request, FlexCoreJson.Default.RetryRun), FlexCoreJson.Default.AcceptedRun, cancellationToken, idempotencyKey);

    /// <inheritdoc/>
    public IAsyncEnumerable<RunLogLine> ReadRunLogAsync(Guid run, CancellationToken cancellationToken = default) =>
        ListAsync($"runs/{run}/logs", FlexCoreJson.Default.PageRunLogLine, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<RunArtifact> ListArtifactsAsync(Guid run, CancellationToken cancellationToken = default) =>
        ListAsync($"runs/{run}/artifacts", FlexCoreJson.Default.PageRunArtifact, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public async Task ReadArtifactAsync(Guid run, string step, string name, Stream file, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(file);
        using var request = Request(HttpMethod.Get, $"runs/{run}/artifacts/{Escape(step)}/{string.Join('/', name.Split('/').Select(Escape))}");
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        using var content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[ExportBuffer];
        while (await ReadAsync(content, buffer, cancellationToken).ConfigureAwait(false) is > 0 and var length) await file.WriteAsync(buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The events of a run, those that have happened and those that happen, to its end. A connection that breaks is made again, and nothing is missed or told twice.</summary>
    /// <param name="run">The run.</param>
    /// <param name="after">Leaves out its first events; so many.</param>
    /// <param name="cancellationToken">Ends the watching; the run goes on.</param>
    public IAsyncEnumerable<StoredEvent> WatchRunAsync(Guid run, long after = 0, CancellationToken cancellationToken = default) =>
        FollowAsync(
            $"runs/{run}/events", after > 0 ? after.ToString(CultureInfo.InvariantCulture) : null, (_, data) => JsonSerializer.Deserialize(data, FlexCoreJson.Default.StoredEvent)!, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<RunNews> FollowRunAsync(Guid run, CancellationToken cancellationToken = default) =>
        FollowAsync($"runs/{run}/watch", last: null, (_, data) => JsonSerializer.Deserialize(data, FlexCoreJson.Default.RunNews)!, cancellationToken);

    /// <inheritdoc/>
    public Task<RunComparison> CompareRunsAsync(string run, string other, CancellationToken cancellationToken = default) =>
        GetAsync($"runs/{Escape(run)}/diff/{Escape(other)}", FlexCoreJson.Default.RunComparison, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<QueuedRun> ListQueueAsync(string where, CancellationToken cancellationToken = default) =>
        ListAsync(Address("queue", ("where", where)), FlexCoreJson.Default.PageQueuedRun, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public Task<SystemTotals> GetTotalsAsync(CancellationToken cancellationToken = default) => GetAsync("system/totals", FlexCoreJson.Default.SystemTotals, cancellationToken);
}
