using FlexCore.Domain.Plugins;

namespace FlexCore.Domain.Circuits;

/// <summary>When a system that keeps failing is left alone.</summary>
/// <param name="Failures">After so many failures in a row; 0 for never.</param>
/// <param name="Cooldown">For how long.</param>
public sealed record CircuitRule(int Failures, TimeSpan Cooldown)
{
    /// <summary>Five failures, half a minute.</summary>
    public static CircuitRule Usual { get; } = new(5, TimeSpan.FromSeconds(30));
}

/// <summary>
/// Whether a system is to be asked. It is closed, and lets everybody through, until there are too many failures in a row; then it is open, and nobody is let through before the cool-down
/// is over. After that one attempt may try: its success closes it, its failure opens it anew.
/// </summary>
/// <param name="rule">When it opens and for how long, as of now: another rule holds also for what is open already.</param>
public sealed class Circuit(Func<CircuitRule> rule)
{
    private TimeSpan? _openedAt;
    private bool _isTried;

    /// <summary>How many attempts have failed in a row.</summary>
    public int Failures { get; private set; }

    /// <summary>How the last of them has ended.</summary>
    public PluginOutcome LastFailure { get; private set; }

    /// <summary>Lets an attempt through, or not.</summary>
    /// <param name="now">Time on any clock that never goes back.</param>
    /// <returns>How long the system is left alone; null when it may be asked.</returns>
    public TimeSpan? Enter(TimeSpan now)
    {
        if (Pause(now) is { } pause) return pause;
        if (_openedAt is null) return null;
        if (_isTried) return rule().Cooldown;
        _isTried = true;
        return null;
    }

    /// <summary>What is left of the cool-down; null when nothing is.</summary>
    public TimeSpan? Pause(TimeSpan now) => _openedAt is { } since && rule() is { Failures: > 0 } current && now < since + current.Cooldown ? since + current.Cooldown - now : null;

    /// <summary>An attempt that was let through has ended, and tells nothing of the system.</summary>
    public void Leave() => _isTried = false;

    /// <summary>An attempt has succeeded.</summary>
    /// <returns>Whether that has closed it.</returns>
    public bool Succeed()
    {
        var wasOpen = _openedAt is not null;
        (Failures, _openedAt, _isTried) = (0, null, false);
        return wasOpen;
    }

    /// <summary>An attempt has failed.</summary>
    /// <param name="outcome">How.</param>
    /// <param name="now">Time on the same clock.</param>
    /// <returns>Whether that has opened what was closed.</returns>
    public bool Fail(PluginOutcome outcome, TimeSpan now)
    {
        (Failures, LastFailure) = (Failures + 1, outcome);
        _isTried = false;
        if (rule() is { Failures: var most } && (most == 0 || Failures < most)) return false;
        var wasOpen = _openedAt is not null;
        _openedAt = now;
        return !wasOpen;
    }
}
