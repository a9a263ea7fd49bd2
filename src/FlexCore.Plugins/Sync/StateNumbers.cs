using System.Text.Json;

namespace FlexCore.Plugins.Sync;

/// <summary>
/// Numbers the STATEs of a sync as they pass to several targets, so that of what the targets give back the oldest is known.
/// It keeps a fingerprint of each STATE that not all targets have given back yet.
/// </summary>
internal sealed class StateNumbers(int targets, long last)
{
    /// <summary>So many STATEs at most are on their way; of more, the oldest are forgotten, and bookmarks then move a little later.</summary>
    private const int MaxUnderWay = 1_000_000;

    private readonly Lock _gate = new();
    private readonly Queue<(long Number, int Fingerprint)> _underWay = new();
    private readonly long[] _confirmed = [.. Enumerable.Repeat(last, targets)];
    private long _last = last;

    /// <summary>A STATE message passes to all targets.</summary>
    public void Pass(ReadOnlyMemory<byte> line)
    {
        if (PluginJson.ParseObject(line) is not { } message || !message.TryGetProperty("value", out var value)) return;
        var fingerprint = JsonFingerprint.Of(value);
        lock (_gate)
        {
            _underWay.Enqueue((++_last, fingerprint));
            if (_underWay.Count > MaxUnderWay) _underWay.Dequeue();
        }
    }

    /// <summary>A target gives a STATE back.</summary>
    /// <returns>Its number; null when none like it is on its way to that target.</returns>
    public long? Confirm(int target, JsonElement value)
    {
        var fingerprint = JsonFingerprint.Of(value);
        lock (_gate)
        {
            // Where the same STATE has passed more than once, the target may mean the first of them.
            var number = _underWay.FirstOrDefault(state => state.Number > _confirmed[target] && state.Fingerprint == fingerprint).Number;
            if (number == 0) return null;
            _confirmed[target] = number;
            var oldest = _confirmed.Min();
            while (_underWay.TryPeek(out var state) && state.Number <= oldest) _underWay.Dequeue();
            return number;
        }
    }
}
