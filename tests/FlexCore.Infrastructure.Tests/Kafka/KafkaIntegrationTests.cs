using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Kafka;

namespace FlexCore.Infrastructure.Tests.Kafka;

/// <summary>Against a real cluster: <c>FLEXCORE_TEST_KAFKA=broker:9092[,broker:9092]</c>, which must make topics by itself.</summary>
public sealed class KafkaIntegrationTests
{
    private readonly string _topic = $"flexcore-test-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_arrive_and_are_committed()
    {
        await using var client = Connect();
        await client.SendManyAsync([.. Enumerable.Range(0, 1000).Select(number => KafkaMessage.Of(_topic, "key", $"{number}"))], Token);

        (await Inbox.ReadAsync(client, _topic, 1000, Token)).Select(record => record.Text).ShouldBe(Enumerable.Range(0, 1000).Select(number => $"{number}"));
        (await client.CheckHealthAsync(Token)).ShouldContain("brokers");
    }

    [Fact]
    public async Task What_was_sent_in_a_transaction_that_was_aborted_is_never_seen()
    {
        await using var client = Connect(options => options.TransactionalId = _topic);
        await Should.ThrowAsync<InvalidDataException>(async () => await client.InTransactionAsync(async (transaction, token) =>
        {
            await transaction.SendAsync(KafkaMessage.Of(_topic, "key", "aborted"), token);
            throw new InvalidDataException("no");
        }, Token));
        await client.InTransactionAsync(async (transaction, token) => await transaction.SendAsync(KafkaMessage.Of(_topic, "key", "committed"), token), Token);

        (await Inbox.ReadAsync(client, _topic, 1, Token)).ShouldHaveSingleItem().Text.ShouldBe("committed");
    }

    [Fact]
    public async Task Process_that_takes_over_the_name_ends_the_transactions_of_the_one_before()
    {
        await using var first = Connect(options => options.TransactionalId = _topic);
        await using var second = Connect(options => options.TransactionalId = _topic);
        await Send(first);
        await Send(second);

        (await Should.ThrowAsync<FlexCoreException>(() => Send(first))).Error.Code.ShouldBe(ErrorCodes.SystemConflict);

        Task Send(KafkaClient client) => client.InTransactionAsync(async (transaction, token) => await transaction.SendAsync(KafkaMessage.Of(_topic, "key", "value"), token), Token).AsTask();
    }

    [Fact]
    public async Task Message_that_cannot_be_handled_is_a_dead_letter()
    {
        await using var client = Connect();
        await client.SendAsync(KafkaMessage.Of(_topic, "key", "poison"), Token);
        await using var inbox = new Inbox(client, _topic, _topic, (_, _) => throw new InvalidDataException("no"));

        (await Inbox.ReadAsync(client, $"{_topic}.dead-letters", 1, Token)).ShouldHaveSingleItem().Text.ShouldBe("poison");
    }

    private static KafkaClient Connect(Action<KafkaOptions>? change = null)
    {
        var brokers = Environment.GetEnvironmentVariable("FLEXCORE_TEST_KAFKA");
        Assert.SkipWhen(string.IsNullOrEmpty(brokers), "no real Kafka: set FLEXCORE_TEST_KAFKA to its brokers");
        return SharedKafka.Connect(brokers.Split(','), change);
    }
}
