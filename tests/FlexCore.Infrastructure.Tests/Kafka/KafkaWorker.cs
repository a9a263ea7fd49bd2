namespace FlexCore.Infrastructure.Tests.Kafka;

/// <summary>A process that handles messages, says so, and commits none of them, until it is killed.</summary>
internal static class KafkaWorker
{
    public const string Command = "handle-messages";

    public static async Task WorkAsync(string broker, string group, string topic)
    {
        await using var client = SharedKafka.Connect([broker], options => options.Consumer.CommitInterval = TimeSpan.FromHours(1));
        await using var consumer = client.CreateConsumer(group, topic);
        await consumer.RunAsync((record, _) =>
        {
            Console.WriteLine(record.Text);
            return default;
        }, CancellationToken.None);
    }
}
