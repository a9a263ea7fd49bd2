using Confluent.Kafka;
using Confluent.Kafka.Admin;
using FlexCore.Infrastructure.Clients;
using KafkaErrorCode = Confluent.Kafka.ErrorCode;

namespace FlexCore.Infrastructure.Kafka;

/// <content>What the cluster remembers of groups.</content>
public sealed partial class KafkaClient
{
    private static readonly Operation BeginAtEnd = new("begin group", MayRepeat: true);
    private static readonly Operation ForgetGroup = new("forget group", MayRepeat: true);

    /// <summary>Has a group that the cluster does not know yet begin with what comes from now on. None of its consumers may run.</summary>
    /// <param name="group">The group.</param>
    /// <param name="topic">The topic. A cluster that makes topics by itself may make it.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>Whether the group was new to some partition.</returns>
    internal ValueTask<bool> BeginAtEndAsync(string group, string topic, CancellationToken cancellationToken) => RunAsync(
        BeginAtEnd,
        topic,
        (Client: this, group, topic),
        static async (all, token) =>
        {
            var partitions = await all.Client.CountPartitionsAsync(all.topic, token);
            return await all.Client.BlockAsync(() => all.Client.CommitEnds(all.group, [.. Enumerable.Range(0, partitions).Select(partition => new TopicPartition(all.topic, partition))])).WaitAsync(token);
        },
        cancellationToken);

    /// <summary>Has the cluster forget a group. None of its consumers may run.</summary>
    /// <returns>Whether there was one.</returns>
    internal ValueTask<bool> ForgetGroupAsync(string group, CancellationToken cancellationToken) => RunAsync(
        ForgetGroup,
        resource: null,
        (Client: this, group),
        static async (all, token) =>
        {
            try
            {
                return await all.Client.AskAsync(
                    admin =>
                    {
                        admin.DeleteGroupsAsync([all.group], new DeleteGroupsOptions { RequestTimeout = all.Client._options.DriverTimeout }).GetAwaiter().GetResult();
                        return true;
                    },
                    token);
            }
            catch (DeleteGroupsException e) when (e.Results is [{ Error.Code: KafkaErrorCode.GroupIdNotFound }])
            {
                return false;
            }
        },
        cancellationToken);

    // On a thread of its own: the driver waits in each of these.
    private bool CommitEnds(string group, IReadOnlyList<TopicPartition> partitions)
    {
        SystemKafka.EnsureLoaded();
        using var consumer = new ConsumerBuilder<byte[]?, byte[]?>(KafkaSettings.OfConsumer(_options, group)).SetErrorHandler((_, error) => Faults.Note(error)).SetLogHandler((_, message) => Faults.Note(message)).Build();
        TopicPartitionOffset[] ends =
        [
            .. consumer.Committed(partitions, _options.DriverTimeout).Where(known => known.Offset == Offset.Unset)
                .Select(known => new TopicPartitionOffset(known.TopicPartition, consumer.QueryWatermarkOffsets(known.TopicPartition, _options.DriverTimeout).High)),
        ];
        if (ends.Length > 0) consumer.Commit(ends);
        return ends.Length > 0;
    }
}
