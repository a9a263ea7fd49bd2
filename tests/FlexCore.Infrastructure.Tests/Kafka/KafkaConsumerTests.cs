using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using FlexCore.Infrastructure.Kafka;
using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.Kafka;

public sealed class KafkaConsumerTests(SharedKafka kafka) : IClassFixture<SharedKafka>, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly KafkaClient _client = kafka.Connect();
    private readonly string _topic = $"topic-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Consumers_of_a_group_share_the_partitions_and_one_that_leaves_gives_its_own_to_the_other()
    {
        // The mock cluster lets a group wait for five seconds before it shares anew.
        await using var client = kafka.Connect(options => options.Consumer.SessionTimeout = TimeSpan.FromSeconds(8));
        await SendAsync(0, 1);
        await using var first = new Inbox(client, "shared", _topic);
        await first.UntilAsync(() => first.Partitions.Count() == 4, Token);
        var second = new Inbox(client, "shared", _topic);
        await first.UntilAsync(() => first.Partitions.Count() == 2 && second.Partitions.Count() == 2, Token);
        first.Partitions.Intersect(second.Partitions).ShouldBeEmpty();

        await SendAsync(1, 100);
        await first.UntilAsync(() => Handled().Count == 100, Token);
        var taken = second.Handled.Select(record => record.Text).ToHashSet();
        taken.Count.ShouldBeInRange(49, 51);
        await second.DisposeAsync();
        await first.UntilAsync(() => first.Partitions.Count() == 4, Token);
        await SendAsync(100, 200);
        await first.UntilAsync(() => Handled().Count == 200, Token);

        // What the one that left had handled it has committed.
        first.Handled.Select(record => record.Text).Except(["0"]).Intersect(taken).ShouldBeEmpty();

        HashSet<string> Handled() => [.. first.Handled.Concat(second.Handled).Select(record => record.Text)];
    }

    [Fact]
    public async Task What_a_process_that_was_killed_had_not_committed_another_one_handles_again()
    {
        await SendAsync(0, 10);
        var group = $"group-{Guid.NewGuid():N}";
        using (var worker = await ServerStarter.StartAsync(new ProcessStartInfo("dotnet", ["exec", typeof(KafkaWorker).Assembly.Location, KafkaWorker.Command, kafka.Brokers[0], group, _topic]) { RedirectStandardOutput = true, UseShellExecute = false }))
        {
            for (var number = 0; number < 10; number++) (await worker.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Patience, Token)).ShouldNotBeNull();
            worker.Kill();
            await worker.WaitForExitAsync(Token);
        }

        await using var inbox = new Inbox(_client, group, _topic);
        await inbox.UntilHandledAsync(10, Token);

        inbox.Handled.Select(record => record.Text).Order().ShouldBe(Numbers(0, 10).Order());
    }

    [Fact]
    public async Task What_was_handled_before_an_orderly_end_is_not_handled_again()
    {
        await SendAsync(0, 10);
        await using (var first = new Inbox(_client, "orderly", _topic)) await first.UntilHandledAsync(10, Token);
        await SendAsync(10, 20);

        await using var second = new Inbox(_client, "orderly", _topic);
        await second.UntilHandledAsync(10, Token);

        second.Handled.Select(record => record.Text).Order().ShouldBe(Numbers(10, 20).Order());
    }

    [Fact]
    public async Task Message_under_way_comes_to_its_end_and_is_committed_when_the_consumer_is_stopped()
    {
        await SendAsync(0, 1);
        var (begun, mayEnd) = (new TaskCompletionSource(), new TaskCompletionSource());
        var wasCancelled = false;
        var first = new Inbox(_client, "stopped", _topic, async (_, token) =>
        {
            begun.SetResult();
            await mayEnd.Task;
            wasCancelled = token.IsCancellationRequested;
        });
        await begun.Task.WaitAsync(Patience, Token);

        var stopping = first.Consumer.StopAsync();
        await Task.WhenAny(stopping, Task.Delay(300, Token)); // longer than the consumer looks for messages at a time
        stopping.IsCompleted.ShouldBeFalse();
        mayEnd.SetResult();
        await stopping.WaitAsync(Patience, Token);

        wasCancelled.ShouldBeFalse();
        first.Handled.Count.ShouldBe(1);
        await SendAsync(1, 2);
        await using var second = new Inbox(_client, "stopped", _topic);
        await second.UntilHandledAsync(1, Token);
        second.Handled.ShouldHaveSingleItem().Text.ShouldBe("1");
    }

    [Fact]
    public async Task Message_that_does_not_end_in_time_is_cancelled_and_handled_again_by_the_next()
    {
        await using var impatient = kafka.Connect(options => options.Consumer.DrainTimeout = TimeSpan.FromMilliseconds(50));
        await SendAsync(0, 1);
        var begun = new TaskCompletionSource();
        var first = new Inbox(impatient, "late", _topic, async (_, token) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
        });
        await begun.Task.WaitAsync(Patience, Token);
        await first.DisposeAsync();
        first.Handled.ShouldBeEmpty();

        await using var second = new Inbox(_client, "late", _topic);
        await second.UntilHandledAsync(1, Token);
    }

    [Fact]
    public async Task Message_whose_handler_keeps_failing_goes_to_the_dead_letters_with_the_reason_and_those_behind_it_are_handled_in_order()
    {
        await _client.SendManyAsync([.. Numbers(0, 5).Select(number => KafkaMessage.Of(_topic, "key", number) with { Partition = 1, Headers = [new("mine", "yes"u8.ToArray())] })], Token);
        ConcurrentQueue<(string Text, int Attempt)> attempts = [];
        await using var inbox = new Inbox(_client, "poisoned", _topic, (record, _) =>
        {
            attempts.Enqueue((record.Text, record.Attempt));
            return record.Text == "2" ? throw new InvalidDataException("two is odd") : default;
        });

        await inbox.UntilHandledAsync(4, Token);
        var letter = (await Inbox.ReadAsync(_client, $"{_topic}.dead-letters", 1, Token)).ShouldHaveSingleItem();

        attempts.ShouldBe([("0", 1), ("1", 1), ("2", 1), ("2", 2), ("2", 3), ("2", 4), ("2", 5), ("3", 1), ("4", 1)]);
        (letter.Text, Encoding.UTF8.GetString(letter.Key!.Value.Span)).ShouldBe(("2", "key"));
        var headers = letter.Headers.Where(header => header.Key != "traceparent").ToDictionary(header => header.Key, header => Encoding.UTF8.GetString(header.Value.Span), StringComparer.Ordinal);
        headers.ShouldBe(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["mine"] = "yes",
            ["flexcore-dead-letter-topic"] = _topic,
            ["flexcore-dead-letter-partition"] = "1",
            ["flexcore-dead-letter-offset"] = "2",
            ["flexcore-dead-letter-group"] = "poisoned",
            ["flexcore-dead-letter-attempts"] = "5",
            ["flexcore-dead-letter-error"] = "InvalidDataException",
            ["flexcore-dead-letter-reason"] = "two is odd",
        });
    }

    [Fact]
    public async Task Without_dead_letters_the_consumer_ends_with_the_failure_and_the_message_stays()
    {
        await using var strict = kafka.Connect(options => (options.Consumer.DeadLetterSuffix, options.Consumer.Retry.Attempts) = ("", 2));
        await SendAsync(0, 1);
        await using var consumer = strict.CreateConsumer("strict", _topic);

        (await Should.ThrowAsync<InvalidDataException>(async () => await consumer.RunAsync((_, _) => throw new InvalidDataException("no"), Token).WaitAsync(Patience, Token))).Message.ShouldBe("no");

        await using var next = new Inbox(_client, "strict", _topic);
        await next.UntilHandledAsync(1, Token);
    }

    [Fact]
    public async Task Partition_that_is_slow_does_not_hold_the_others_and_is_fetched_no_further_than_set()
    {
        await using var small = kafka.Connect(options => options.Consumer.MaxWaiting = 10);
        await small.SendManyAsync([.. Numbers(0, 400).Select(number => KafkaMessage.Of(_topic, key: null, number) with { Partition = int.Parse(number) % 4 })], Token);
        var mayGoOn = new TaskCompletionSource();
        await using var inbox = new Inbox(small, "slow", _topic, async (record, _) =>
        {
            if (record.Position.Partition == 0) await mayGoOn.Task;
        });

        await inbox.UntilHandledAsync(300, Token);
        inbox.Handled.ShouldAllBe(record => record.Position.Partition != 0);
        mayGoOn.SetResult();
        await inbox.UntilHandledAsync(400, Token);

        foreach (var partition in inbox.Handled.GroupBy(record => record.Position.Partition)) partition.Select(record => record.Position.Offset).ShouldBe(Enumerable.Range(0, 100).Select(offset => (long)offset));
    }

    [Fact]
    public async Task Paused_consumer_begins_nothing_and_keeps_its_partitions()
    {
        await SendAsync(0, 4);
        await using var inbox = new Inbox(_client, "paused", _topic);
        await inbox.UntilHandledAsync(4, Token);
        inbox.Consumer.Pause();
        inbox.Consumer.IsPaused.ShouldBeTrue();
        await SendAsync(4, 8);
        var other = await Inbox.ReadAsync(_client, _topic, 8, Token); // as long as it takes somebody else to get them

        inbox.Handled.Count.ShouldBe(4);
        inbox.Partitions.Count().ShouldBe(4);
        inbox.Consumer.Resume();
        await inbox.UntilHandledAsync(8, Token);
        other.Count.ShouldBe(8);
    }

    [Fact]
    public async Task Handling_is_measured_by_topic_and_group()
    {
        using var metrics = new Measured();
        await SendAsync(0, 1);
        await using (var inbox = new Inbox(_client, "measured", _topic)) await inbox.UntilHandledAsync(1, Token);

        metrics.Values.ShouldContain(value => value.Name == "messaging.process.duration" && Equals(value.Tags["messaging.destination.name"], _topic) && Equals(value.Tags["messaging.consumer.group.name"], "measured"));
    }

    [Fact]
    public async Task Consumer_whose_client_is_closed_ends()
    {
        var client = kafka.Connect();
        await SendAsync(0, 1);
        var inbox = new Inbox(client, "closed", _topic);
        await inbox.UntilHandledAsync(1, Token);

        await client.CloseAsync(Token);

        await inbox.DisposeAsync();
        Should.Throw<ObjectDisposedException>(() => client.CreateConsumer("closed", _topic));
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private static IEnumerable<string> Numbers(int from, int to) => Enumerable.Range(from, to - from).Select(number => $"{number}");

    private async Task SendAsync(int from, int to) => await _client.SendManyAsync([.. Numbers(from, to).Select(number => KafkaMessage.Of(_topic, number, number) with { Partition = int.Parse(number) % 4 })], Token);
}
