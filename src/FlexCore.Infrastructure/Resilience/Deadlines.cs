namespace FlexCore.Infrastructure.Resilience;

/// <summary>Tokens that end a call which takes too long. Calls that begin at about the same time share one, so that none needs a timer of its own: each has the whole time, and at most a sixteenth more.</summary>
internal sealed class Deadlines(TimeSpan timeout, TimeProvider time)
{
    private const int Shares = 16;

    private readonly TimeSpan _share = timeout / Shares;
    private Shared? _shared;

    /// <summary>The token of a call that begins now.</summary>
    public CancellationToken Next()
    {
        var shared = Volatile.Read(ref _shared);
        if (shared is null || time.GetElapsedTime(shared.MadeAt) >= _share) Volatile.Write(ref _shared, shared = new Shared(new CancellationTokenSource(timeout + _share, time), time.GetTimestamp()));
        return shared.Source.Token;
    }

    // Not disposed: its timer ends it, and calls have its token until then.
    private sealed record Shared(CancellationTokenSource Source, long MadeAt);
}
