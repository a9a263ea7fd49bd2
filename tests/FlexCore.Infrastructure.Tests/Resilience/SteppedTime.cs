namespace FlexCore.Infrastructure.Tests.Resilience;

/// <summary>A clock that goes on when a test says so. It has no timers.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public void Pass(TimeSpan time) => _ticks += time.Ticks;
}
