using System.Runtime.InteropServices;
using System.Text.Json;

namespace FlexCore.Plugins.Sync;

/// <summary>
/// Numbers the STATEs of a sync as they pass to several targets, so that of what the targets give back the oldest is known.
/// It keeps a fingerprint of each STATE that not all targets have given back yet.
/// </summary>
internal sealed class StateNumbers(int targets, long last, int maxUnderWay = StateNumbers.MaxUnderWay)
{
    /// <summary>So many STATEs at most are on their way; of more, the oldest are forgotten, and bookmarks then move a little later.</summary>
    private const int MaxUnderWay = 1_000_000;

    private readonly Lock _gate = new();

    // By their numbers, which follow on one another: the one at _head has the number after _forgotten.
    private readonly List<ulong> _underWay = [];
    private readonly long[] _confirmed = [.. Enumerable.Repeat(last, targets)];
    private int _head;
    private long _forgotten = last;

    /// <summary>How many STATEs are on their way.</summary>
    public int UnderWay => _underWay.Count - _head;

    /// <summary>A STATE message passes to all targets.</summary>
    public void Pass(ReadOnlyMemory<byte> line)
    {
        if (PluginJson.ParseObject(line) is not { } message || !message.TryGetProperty("value", out var value)) return;
        var fingerprint = JsonFingerprint.Of(value);
        lock (_gate)
        {
            _underWay.Add(fingerprint);
            if (UnderWay > maxUnderWay) Forget(1);
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
            var from = _head + (int)Math.Max(0, _confirmed[target] - _forgotten);
            var distance = CollectionsMarshal.AsSpan(_underWay)[from..].IndexOf(fingerprint);
            if (distance < 0) return null;
            var number = _confirmed[target] = _forgotten + (from - _head) + distance + 1;
            Forget((int)Math.Max(0, _confirmed.Min() - _forgotten));
            return number;
        }
    }

    private void Forget(int count)
    {
        _forgotten += count;
        _head += count;
        if (_head <= _underWay.Count / 2) return;
        _underWay.RemoveRange(0, _head);
        _head = 0;
    }
}
