using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace FlexCore.Infrastructure.Tests.Clients;

/// <summary>What the clients of this process have measured meanwhile.</summary>
public sealed class Measured : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Name, IReadOnlyDictionary<string, object?> Tags)> _values = [];

    public Measured()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("FlexCore.", StringComparison.Ordinal) || instrument.Meter.Name == "System.Net.Http") listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        _listener.Start();
    }

    public IReadOnlyList<(string Name, IReadOnlyDictionary<string, object?> Tags)> Values => [.. _values];

    public IEnumerable<string> Names => Values.Select(value => value.Name);

    /// <summary>Reads what is told only when somebody looks.</summary>
    public void Look() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();

    private void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _values.Enqueue((instrument.Name, tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal)));
}
