using FlexCore.Infrastructure.Kafka;

namespace FlexCore.Infrastructure.Tests.Kafka;

/// <summary>The mock cluster neither hides what was aborted nor refuses a producer whose name another one has taken, so both are looked at in <see cref="KafkaIntegrationTests"/> only.</summary>
public sealed class KafkaTransactionTests(SharedKafka kafka) : IClassFixture<SharedKafka>
{
    private readonly string _topic = $"topic-{Guid.NewGuid():N}";
    private readonly string _id = $"transactions-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_sent_in_a_transaction_is_there_when_it_has_ended_and_so_is_the_next_one()
    {
        await using var client = kafka.Connect(options => options.TransactionalId = _id);
        for (var round = 0; round < 3; round++)
        {
            await client.InTransactionAsync(async (transaction, token) =>
            {
                await transaction.SendAsync(KafkaMessage.Of(_topic, "key", $"{round}/a"), token);
                await transaction.SendManyAsync([KafkaMessage.Of(_topic, "key", $"{round}/b"), KafkaMessage.Of(_topic, "key", $"{round}/c")], token);
            }, Token);
        }

        (await Inbox.ReadAsync(client, _topic, 9, Token)).Select(record => record.Text).ShouldBe(["0/a", "0/b", "0/c", "1/a", "1/b", "1/c", "2/a", "2/b", "2/c"]);
    }

    [Fact]
    public async Task Transaction_whose_work_fails_is_aborted_and_the_failure_is_told()
    {
        await using var client = kafka.Connect(options => options.TransactionalId = _id);
        KafkaTransaction? ended = null;

        (await Should.ThrowAsync<InvalidDataException>(async () => await client.InTransactionAsync(async (transaction, token) =>
        {
            ended = transaction;
            await transaction.SendAsync(KafkaMessage.Of(_topic, "key", "1"), token);
            throw new InvalidDataException("no");
        }, Token))).Message.ShouldBe("no");

        await Should.ThrowAsync<ObjectDisposedException>(async () => await ended!.SendAsync(KafkaMessage.Of(_topic, "key", "2"), Token));
        await client.InTransactionAsync(async (transaction, token) => await transaction.SendAsync(KafkaMessage.Of(_topic, "key", "3"), token), Token);
    }

    [Fact]
    public async Task Transactions_of_many_callers_come_one_after_the_other()
    {
        await using var client = kafka.Connect(options => options.TransactionalId = _id);
        var (under, most) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 5).Select(async number => await client.InTransactionAsync(async (transaction, token) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref under));
            await transaction.SendAsync(KafkaMessage.Of(_topic, "key", $"{number}"), token);
            Interlocked.Decrement(ref under);
        }, Token)));

        most.ShouldBe(1);
    }

    [Fact]
    public async Task Without_a_name_for_them_there_are_no_transactions()
    {
        await using var client = kafka.Connect();

        (await Should.ThrowAsync<InvalidOperationException>(async () => await client.InTransactionAsync((_, _) => default, Token))).Message.ShouldContain("TransactionalId");
    }
}
