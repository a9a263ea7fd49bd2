namespace FlexCore.EventStore.Subscriptions;

/// <summary>How a subscription or projection of this process is.</summary>
/// <param name="Name">The subscription's name, or <c>projection:&lt;name&gt;_v&lt;version&gt;</c>.</param>
/// <param name="State">What it does.</param>
/// <param name="Lag">How many positions the log is known to be ahead; null while it is not the one that works under its name.</param>
/// <param name="LastError">What keeps it from going on; null when the last thing it did succeeded.</param>
public sealed record ConsumerHealth(string Name, ConsumerState State, long? Lag, string? LastError)
{
    internal static ConsumerHealth Of(LogConsumer consumer, long? head)
    {
        long? lag = !consumer.IsTheConsumer ? null : head is { } last ? Math.Max(0, last - consumer.Position) : consumer.Lag;
        return new ConsumerHealth(consumer.Name, consumer.State, lag, consumer.LastError);
    }
}
