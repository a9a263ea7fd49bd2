using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Observability;

/// <summary>Warns of each operation inside this process that took too long: of all that is measured in seconds, but for whole runs and requests, which take as long as they are asked to.</summary>
internal sealed partial class SlowOperations : IDisposable
{
    private static readonly string[] NotMeant = ["pipeline_duration_seconds", "request_duration_seconds"];

    private readonly MeterListener _listener = new();

    /// <summary>Begins it.</summary>
    /// <param name="slow">What takes longer is warned of.</param>
    /// <param name="log">Told of it.</param>
    public SlowOperations(TimeSpan slow, ILogger log)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is Histogram<double> { Unit: "s" } && instrument.Meter.Name.StartsWith("FlexCore.", StringComparison.Ordinal) && !NotMeant.Contains(instrument.Name, StringComparer.Ordinal)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, seconds, tags, _) =>
        {
            if (seconds > slow.TotalSeconds) Warn(log, NameOf(instrument, tags), Math.Round(seconds * 1000, 1));
        });
        _listener.Start();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    // As Prometheus has it.
    private static string NameOf(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        tags.IsEmpty ? instrument.Name : $"{instrument.Name}{{{string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}=\"{tag.Value}\""))}}}";

    [LoggerMessage(EventId = 20, EventName = "OperationSlow", Level = LogLevel.Warning, Message = "slow: {Operation} was {DurationMs} ms")]
    private static partial void Warn(ILogger log, string operation, double durationMs);
}
