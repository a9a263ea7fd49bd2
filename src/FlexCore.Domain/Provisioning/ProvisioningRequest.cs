namespace FlexCore.Domain.Provisioning;

/// <summary>How far a worker that is wanted is.</summary>
public enum ProvisioningStatus
{
    /// <summary>It is wanted, and nobody has asked for it yet.</summary>
    Requested,

    /// <summary>The provider was asked; it is not among the nodes yet.</summary>
    Starting,

    /// <summary>It is a node.</summary>
    Running,

    /// <summary>It ends what it has, takes no more, and then goes.</summary>
    Releasing,

    /// <summary>It did not come to be; it is tried again.</summary>
    Failed,
}

/// <summary>
/// That a node is wanted which somebody else provides: a process, a machine of a cloud. A document of the catalog, under the worker's name; whoever changes it does so at the version that it was read at, so several
/// who look after workers do each thing once.
/// </summary>
/// <param name="Worker">What the worker is called, as a node and at its provider.</param>
/// <param name="Status">How far it is.</param>
/// <param name="Since">Since when it is so far.</param>
/// <param name="RequestedAt">When it was wanted.</param>
/// <param name="Slots">How many runs it takes at once.</param>
/// <param name="Labels">What it has that others may lack.</param>
public sealed record ProvisioningRequest(string Worker, ProvisioningStatus Status, DateTimeOffset Since, DateTimeOffset RequestedAt, int Slots, IReadOnlyList<string> Labels)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>What the provider calls it; null as long as that is not known.</summary>
    public string? Machine { get; init; }

    /// <summary>The id of the node that it is; null as long as it is none.</summary>
    public string? Node { get; init; }

    /// <summary>How often the provider was asked since it ran last.</summary>
    public int Attempts { get; init; }

    /// <summary>When it is tried again; null unless it has failed.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>Why it is not what it was to be; null when nothing went wrong.</summary>
    public string? Reason { get; init; }

    /// <summary>Wants a worker.</summary>
    public static ProvisioningRequest Create(string worker, int slots, IReadOnlyList<string> labels, DateTimeOffset now) => new(worker, ProvisioningStatus.Requested, now, now, slots, labels);

    /// <summary>Whether its provider is to be asked for it.</summary>
    public bool IsDue(DateTimeOffset now) => Status == ProvisioningStatus.Requested || (Status == ProvisioningStatus.Failed && RetryAt <= now);

    /// <summary>The provider is asked.</summary>
    public ProvisioningRequest Start(DateTimeOffset now) => this with { Status = ProvisioningStatus.Starting, Since = now, Attempts = Attempts + 1, RetryAt = null, Machine = null, Node = null };

    /// <summary>It is a node.</summary>
    public ProvisioningRequest Run(string node, DateTimeOffset now) => this with { Status = ProvisioningStatus.Running, Since = now, Attempts = 0, Node = node, Reason = null };

    /// <summary>It did not come to be: it is tried again after a while, which is twice as long each time.</summary>
    public ProvisioningRequest Fail(string reason, DateTimeOffset now) => this with { Status = ProvisioningStatus.Failed, Since = now, Reason = reason, RetryAt = now + PauseAfter(Attempts) };

    /// <summary>It was a node, and is none any more: another one takes its place.</summary>
    public ProvisioningRequest Replace(string reason, DateTimeOffset now) => this with { Status = ProvisioningStatus.Requested, Since = now, Reason = reason, Machine = null, Node = null };

    /// <summary>It is wanted no longer.</summary>
    public ProvisioningRequest Release(DateTimeOffset now) => this with { Status = ProvisioningStatus.Releasing, Since = now, RetryAt = null };

    private static TimeSpan PauseAfter(int attempts) => attempts > 6 ? LongestPause : FirstPause * Math.Pow(2, attempts - 1);
}
