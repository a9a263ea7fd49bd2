using System.Text.Json;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Client;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Api;

/// <content>The history of the event log.</content>
internal sealed partial class LocalApi
{
    /// <inheritdoc/>
    public Task<long> ExportEventsAsync(Stream file, CancellationToken cancellationToken = default) => AskAsync(new ExportEvents(file), cancellationToken);

    /// <inheritdoc/>
    public Task<Verification> VerifyEventsAsync(VerifyEvents request, IProgress<VerificationProgress>? progress = null, CancellationToken cancellationToken = default) => AskAsync(
        new VerifyHistory(new HistoryEvidence(request.Against ?? [], request.Keys ?? []), request.SinceLast) { Progress = progress is null ? null : new Forwarded(progress) }, HistoryDocuments.Describe, cancellationToken);

    /// <inheritdoc/>
    public Task<JsonElement> ProveEventAsync(long position, CancellationToken cancellationToken = default) => AskAsync(new ProveEvent(position), cancellationToken);

    /// <inheritdoc/>
    public Task<JsonElement> ProveGrowthAsync(string older, long newer, CancellationToken cancellationToken = default) => AskAsync(new ProveGrowth(older, newer), cancellationToken);

    /// <inheritdoc/>
    public Task<LogKey> GetLogKeyAsync(CancellationToken cancellationToken = default) => AskAsync(new GetLogKey(), pem => new LogKey(pem), cancellationToken);

    private sealed class Forwarded(IProgress<VerificationProgress> progress) : IProgress<HistoryProgress>
    {
        public void Report(HistoryProgress value) => progress.Report(new VerificationProgress(value.Position, value.LastPosition));
    }
}
