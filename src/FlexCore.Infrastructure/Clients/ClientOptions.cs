using FlexCore.Infrastructure.Resilience;

namespace FlexCore.Infrastructure.Clients;

/// <summary>What can be set for every client of a system outside.</summary>
public abstract class ClientOptions : ConfiguredOptions
{
    /// <summary>How long an operation may take with all its attempts, above 0 and at most a day.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How operations that may be repeated are tried again.</summary>
    public RetryOptions Retry { get; set; } = new();

    /// <summary>When the system is left alone for a while.</summary>
    public BreakerOptions Breaker { get; set; } = new();

    /// <summary>How the health of the system is looked at.</summary>
    public ClientHealthOptions Health { get; set; } = new();

    /// <inheritdoc/>
    internal sealed override IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Timeout <= TimeSpan.Zero || Timeout > TimeSpan.FromDays(1)) yield return (nameof(Timeout), "must be above 0 and at most one day");
        if (Health.Timeout <= TimeSpan.Zero || Health.Timeout > TimeSpan.FromHours(1)) yield return ("Health:Timeout", "must be above 0 and at most one hour");
        if (Health.KeptFor < TimeSpan.Zero) yield return ("Health:KeptFor", "must not be negative");
        foreach (var problem in Attempts.ProblemsOf(Retry).Concat(Resilience.Breaker.ProblemsOf(Breaker))) yield return problem;
        foreach (var problem in ProblemsOfTheSystem()) yield return problem;
    }

    /// <summary>The same, of what can be set for this system only.</summary>
    private protected abstract IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem();
}
