using FlexCore.Infrastructure.Resilience;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>How a group handles its events.</summary>
public sealed class SubscriberOptions
{
    /// <summary>How many events are handled at the same time at most, 1 to 256: those of different keys. With 1 all are handled one after the other.</summary>
    public int Concurrency { get; set; } = 8;

    /// <summary>How an event is tried again when its handler fails; after the last attempt it is put aside. Events of the same key wait.</summary>
    public RetryOptions Retry { get; set; } = new() { Attempts = 5 };

    /// <summary>Whether events that the group has handled are remembered, so that one that comes again is not handled again. Costs two questions to the bus's store for each event.</summary>
    public bool RemembersHandled { get; set; } = true;

    /// <summary>How long an event under way may take when the subscription ends, before its token is cancelled; it is received again then.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What is wrong with the options.</summary>
    internal IEnumerable<string> Problems()
    {
        foreach (var (key, problem) in Attempts.ProblemsOf(Retry)) yield return $"{key} {problem}";
        if (Concurrency is < 1 or > 256) yield return $"{nameof(Concurrency)} must be 1 to 256";
        if (DrainTimeout < TimeSpan.Zero || DrainTimeout > TimeSpan.FromHours(1)) yield return $"{nameof(DrainTimeout)} must be 0 to one hour";
    }
}
