using System.Text.Json;
using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>The history of the log, with how long each operation takes.</summary>
internal sealed class MeasuredHistory(IHistory inner) : IHistory
{
    private static readonly MeasuredPort Port = new("history");

    public ValueTask<long> ExportAsync(Stream file, CancellationToken cancellationToken) => Port.MeasureAsync("export", () => inner.ExportAsync(file, cancellationToken));

    public ValueTask<VerifiedHistory> VerifyAsync(HistoryEvidence evidence, bool sinceLast, IProgress<HistoryProgress>? progress, CancellationToken cancellationToken) => Port.MeasureAsync("verify", () => inner.VerifyAsync(evidence, sinceLast, progress, cancellationToken));

    public ValueTask<JsonElement?> ProveAsync(long position, CancellationToken cancellationToken) => Port.MeasureAsync("prove", () => inner.ProveAsync(position, cancellationToken));

    public ValueTask<JsonElement?> ProveGrowthAsync(string older, long newer, CancellationToken cancellationToken) => Port.MeasureAsync("prove-growth", () => inner.ProveGrowthAsync(older, newer, cancellationToken));

    public ValueTask<string?> GetPublicKeyAsync(CancellationToken cancellationToken) => Port.MeasureAsync("get-public-key", () => inner.GetPublicKeyAsync(cancellationToken));
}
