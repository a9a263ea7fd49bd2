namespace FlexCore.EventStore;

/// <summary>When and how the log is signed.</summary>
/// <param name="Key">The PEM of a private key, as <see cref="SigningKey.ToPem"/> gives it.</param>
/// <param name="Publish">Takes each new checkpoint to where whoever has the store cannot change it: a file, another system. What it throws makes it be tried again.</param>
public sealed record CheckpointOptions(string Key, Func<SignedNote, CancellationToken, ValueTask> Publish)
{
    /// <summary>After how many events a checkpoint is made at the latest.</summary>
    public int EveryEvents { get; init; } = 1000;

    /// <summary>How long an event waits for a checkpoint at the longest.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);

    internal static void Check(CheckpointOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.Key, nameof(options));
        ArgumentNullException.ThrowIfNull(options.Publish, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.EveryEvents, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.Every, TimeSpan.Zero, nameof(options));
    }
}
