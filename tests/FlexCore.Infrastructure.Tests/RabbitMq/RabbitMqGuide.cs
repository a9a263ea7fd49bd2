using System.Text;
using FlexCore.Infrastructure.RabbitMq;

namespace FlexCore.Infrastructure.Tests.RabbitMq;

/// <summary>The example of docs/guides/clients.md does what it says.</summary>
public sealed class RabbitMqGuide(SharedRabbitMq shared) : IClassFixture<SharedRabbitMq>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_are_received_and_acknowledged()
    {
        await using var rabbit = SharedRabbitMq.Connect(shared.Server.Address);
        await rabbit.DeclareQueueAsync(new RabbitMqQueue("jobs"), Token);
        await rabbit.PublishManyAsync([.. new[] { "1", "2" }.Select(text => new RabbitMqMessage("", "jobs", Encoding.UTF8.GetBytes(text)))], Token);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var work = new Work(enough);

        await Should.ThrowAsync<OperationCanceledException>(async () => await ReceiveAsync(rabbit, work, enough.Token));

        work.Done.ShouldBe(["1", "2"]);
    }

    private static async Task ReceiveAsync(RabbitMqClient rabbit, Work work, CancellationToken token)
    {
        await using var consumer = await rabbit.ConsumeAsync("jobs", prefetch: 20, token);
        await foreach (var delivery in consumer.ReadAllAsync(token))
        {
            await work.DoAsync(delivery.Message, token);
            await delivery.AcknowledgeAsync(token);   // or RejectAsync
        }
    }

    private sealed class Work(CancellationTokenSource enough)
    {
        public List<string> Done { get; } = [];

        public async Task DoAsync(RabbitMqMessage message, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Done.Add(Encoding.UTF8.GetString(message.Body.Span));
            if (Done.Count == 2) await enough.CancelAsync();
        }
    }
}
