using System.Globalization;
using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Events;

namespace FlexCore.Infrastructure.Integrity;

/// <summary>The history of the log of a data directory.</summary>
internal sealed class History(IEventStore store, LogIntegrity integrity, LogVerification verification) : IHistory
{
    /// <inheritdoc/>
    public ValueTask<long> ExportAsync(Stream file, CancellationToken cancellationToken) => EventLog.Translate(() => LogFile.WriteAsync(store, file, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<VerifiedHistory> VerifyAsync(HistoryEvidence evidence, bool sinceLast, IProgress<HistoryProgress>? progress, CancellationToken cancellationToken)
    {
        var report = await verification.VerifyAsync(evidence, sinceLast, progress is null ? null : new Forwarded(progress), cancellationToken);
        return new VerifiedHistory(
            report.Events, report.Streams, report.Checkpoints, report.LastPosition, report.AfterPosition, report.TreeSize, report.Root.ToString(), report.SignaturesVerified, report.ViolationCount,
            [.. report.Violations.Select(violation => new HistoryViolation(NameOf(violation.Kind), violation.Position, violation.StreamId, violation.Message))]);
    }

    /// <inheritdoc/>
    public async ValueTask<JsonElement?> ProveAsync(long position, CancellationToken cancellationToken) =>
        await integrity.ProveAsync(position, cancellationToken) is { } proof ? Read(proof.WriteTo) : null;

    /// <inheritdoc/>
    public async ValueTask<JsonElement?> ProveGrowthAsync(string older, long newer, CancellationToken cancellationToken)
    {
        var isCount = long.TryParse(older, NumberStyles.None, CultureInfo.InvariantCulture, out var size);
        var kept = isCount ? null : LogVerification.ParseNote(older);
        return await integrity.ProveConsistencyAsync(kept, kept is null ? size : Checkpoint.Parse(kept.Text).Size, newer, cancellationToken) is { } proof ? Read(proof.WriteTo) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<string?> GetPublicKeyAsync(CancellationToken cancellationToken) => (await integrity.GetKeyAsync(cancellationToken))?.ToPem();

    private static JsonElement Read(Action<Stream> write)
    {
        using var file = new MemoryStream();
        write(file);
        return JsonElement.Parse(file.GetBuffer().AsSpan(0, (int)file.Length));
    }

    private static string NameOf(ViolationKind kind) => kind switch
    {
        ViolationKind.ReSigned => "re-signed",
        ViolationKind.CheckpointInconsistent => "checkpoint inconsistent",
        ViolationKind.TreeChanged => "tree changed",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private sealed class Forwarded(IProgress<HistoryProgress> progress) : IProgress<VerificationProgress>
    {
        public void Report(VerificationProgress value) => progress.Report(new HistoryProgress(value.Position, value.LastPosition));
    }
}
