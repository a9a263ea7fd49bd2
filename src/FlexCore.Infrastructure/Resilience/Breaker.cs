namespace FlexCore.Infrastructure.Resilience;

/// <summary>
/// Leaves a system alone for a while when too large a share of the attempts in a window has failed; after the pause one attempt decides. Of our own, because it is on the path of every call: what went well
/// costs one counter here, and more than the call itself where each outcome goes through a library's pipeline.
/// </summary>
internal sealed class Breaker(BreakerOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _windowBegan = time.GetTimestamp();
    private (long Good, long Bad) _before;
    private long _good;
    private long _bad;
    private long _openedAt;
    private volatile bool _isOpen;
    private bool _isTrying;

    /// <summary>Whether an attempt may be made now. Whoever was let through says how it ended.</summary>
    public bool Allows()
    {
        if (!_isOpen) return true;
        lock (_lock)
        {
            if (!_isOpen) return true;
            if (_isTrying || time.GetElapsedTime(_openedAt) < options.Pause) return false;
            return _isTrying = true;
        }
    }

    /// <summary>The system has answered, whatever it said.</summary>
    public void Succeeded()
    {
        Interlocked.Increment(ref _good);
        if (!_isOpen) return;
        lock (_lock)
        {
            // Attempts from before the break say nothing of how the system is now.
            if (!_isTrying) return;
            (_isOpen, _isTrying, _before, _good, _bad) = (false, false, default, 0, 0);
            _windowBegan = time.GetTimestamp();
        }
    }

    /// <summary>The system is not as it should be.</summary>
    public void Failed()
    {
        if (!options.Enabled) return;
        lock (_lock)
        {
            if (_isOpen && !_isTrying) return;
            Slide();
            _bad++;
            var (good, bad) = (Interlocked.Read(ref _good) + _before.Good, _bad + _before.Bad);
            if (!_isTrying && (good + bad < options.MinimumThroughput || bad < options.FailureRatio * (good + bad))) return;
            (_openedAt, _isTrying, _isOpen) = (time.GetTimestamp(), false, true);
        }
    }

    /// <summary>Nobody knows how it would have ended: whoever asked gave it up.</summary>
    public void GaveUp()
    {
        if (!_isOpen) return;
        lock (_lock) _isTrying = false;
    }

    /// <summary>What is wrong with options, if anything is: the key and what it must be.</summary>
    public static IEnumerable<(string Key, string Problem)> ProblemsOf(BreakerOptions breaker)
    {
        if (!breaker.Enabled) yield break;
        if (breaker.FailureRatio is not (> 0 and <= 1)) yield return ("Breaker:FailureRatio", "must be above 0 and at most 1");
        if (breaker.MinimumThroughput < 2) yield return ("Breaker:MinimumThroughput", "must be 2 or more");
        if (breaker.Window <= TimeSpan.Zero) yield return ("Breaker:Window", "must be above 0");
        if (breaker.Pause <= TimeSpan.Zero) yield return ("Breaker:Pause", "must be above 0");
    }

    // Two halves: the one that is over counts until the next one is over too, so between half a window and a whole one is looked at.
    private void Slide()
    {
        var half = options.Window / 2;
        var passed = time.GetElapsedTime(_windowBegan);
        if (passed < half) return;
        _before = passed < options.Window ? (Interlocked.Exchange(ref _good, 0), _bad) : default;
        if (passed >= options.Window) Interlocked.Exchange(ref _good, 0);
        _bad = 0;
        _windowBegan = time.GetTimestamp();
    }
}
