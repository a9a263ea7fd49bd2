using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Kafka;
using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.Kafka;

public sealed class KafkaClientTests(SharedKafka kafka) : IClassFixture<SharedKafka>, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly KafkaClient _client = kafka.Connect();
    private readonly string _topic = $"topic-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Message_arrives_with_its_key_its_headers_and_its_time()
    {
        var when = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);
        var sent = await _client.SendAsync(
            new KafkaMessage(_topic, new byte[] { 0, 255 }) { Key = "k\u00e9y"u8.ToArray(), Timestamp = when, Partition = 2, Headers = [Header("a", "1"), Header("b", ""), Header("a", "2")] }, Token);

        var got = (await Inbox.ReadAsync(_client, _topic, 1, Token)).ShouldHaveSingleItem();

        sent.ShouldBe(new KafkaPosition(_topic, 2, 0));
        got.Position.ShouldBe(sent);
        got.Key!.Value.ToArray().ShouldBe("k\u00e9y"u8.ToArray());
        got.Value!.Value.ToArray().ShouldBe([0, 255]);
        got.Timestamp.ShouldBe(when);
        got.Headers.Select(header => (header.Key, Encoding.UTF8.GetString(header.Value.Span))).ShouldBe([("a", "1"), ("b", ""), ("a", "2")]);
    }

    [Fact]
    public async Task Message_without_a_value_is_not_an_empty_one()
    {
        await _client.SendManyAsync([new KafkaMessage(_topic, Value: null) { Partition = 0 }, new KafkaMessage(_topic, ReadOnlyMemory<byte>.Empty) { Partition = 0 }], Token);

        var got = await Inbox.ReadAsync(_client, _topic, 2, Token);

        got[0].Value.ShouldBeNull();
        got[0].Key.ShouldBeNull();
        got[1].Value!.Value.Length.ShouldBe(0);
    }

    [Fact]
    public async Task Many_messages_keep_the_order_of_their_key_even_when_the_queue_of_the_driver_is_full()
    {
        const int Count = 150_000; // it takes 100,000
        var messages = Enumerable.Range(0, Count).Select(number => KafkaMessage.Of(_topic, $"key-{number % 7}", $"{number}")).ToList();

        var positions = await _client.SendManyAsync(messages, Token);

        positions.Count.ShouldBe(Count);
        positions.Distinct().Count().ShouldBe(Count);
        for (var key = 0; key < 7; key++)
        {
            var offsets = positions.Where((_, number) => number % 7 == key).ToList();
            offsets.Select(position => position.Partition).Distinct().ShouldHaveSingleItem();
            offsets.Select(position => position.Offset).ShouldBe(offsets.Select(position => position.Offset).Order());
        }
    }

    [Fact]
    public async Task Many_callers_at_once_each_learn_where_their_message_is()
    {
        var senders = Enumerable.Range(0, 50).Select(async sender =>
        {
            var mine = new List<(KafkaPosition Position, string Value)>();
            for (var number = 0; number < 200; number++) mine.Add((await _client.SendAsync(KafkaMessage.Of(_topic, $"{sender}", $"{sender}/{number}"), Token), $"{sender}/{number}"));
            return mine;
        });
        var sent = (await Task.WhenAll(senders)).SelectMany(mine => mine).ToDictionary(one => one.Position, one => one.Value);

        var got = await Inbox.ReadAsync(_client, _topic, 10_000, Token);

        got.Count.ShouldBe(10_000);
        got.ShouldAllBe(record => sent[record.Position] == record.Text);
    }

    [Theory]
    [InlineData(KafkaCompression.Gzip)]
    [InlineData(KafkaCompression.Lz4)]
    [InlineData(KafkaCompression.Snappy)]
    [InlineData(KafkaCompression.Zstd)]
    public async Task Compressed_messages_arrive_as_they_were_sent(KafkaCompression compression)
    {
        await using var client = kafka.Connect(options => options.Compression = compression);
        var text = new string('x', 10_000);

        await client.SendManyAsync([.. Enumerable.Range(0, 100).Select(_ => KafkaMessage.Of(_topic, "key", text))], Token);

        (await Inbox.ReadAsync(_client, _topic, 100, Token)).ShouldAllBe(record => record.Text == text);
    }

    [Fact]
    public async Task What_was_sent_is_counted_by_topic_whether_or_not_somebody_reads_the_log()
    {
        var lines = new Lines();
        await using var logged = SharedKafka.Connect(kafka.Brokers, log: lines);
        using var metrics = new Measured();

        await _client.SendAsync(KafkaMessage.Of(_topic, "key", "1"), Token);
        await _client.SendManyAsync([KafkaMessage.Of(_topic, "key", "2"), KafkaMessage.Of(_topic, "key", "3")], Token);
        await logged.SendAsync(KafkaMessage.Of(_topic, "key", "4"), Token);

        metrics.Values.Count(value => value.Name == "kafka_producer_messages_total" && Equals(value.Tags["topic"], _topic)).ShouldBe(4);
        metrics.Values.Where(value => value.Name == "messaging.client.operation.duration").ShouldContain(value => Equals(value.Tags["messaging.operation.name"], "send") && Equals(value.Tags["messaging.system"], "kafka"));
        lines.Written.Single(line => Equals(line.Values.GetValueOrDefault("Operation"), "send")).Values["Resource"].ShouldBe(_topic);
    }

    [Fact]
    public async Task Trace_goes_from_who_sends_to_who_handles()
    {
        List<Activity> spans = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "FlexCore.Clients", Sample = (ref _) => ActivitySamplingResult.AllData, ActivityStopped = span =>
            {
                lock (spans) spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var caller = new Activity("caller").Start();

        await _client.SendAsync(KafkaMessage.Of(_topic, "key", "value"), Token);
        await Inbox.ReadAsync(_client, _topic, 1, Token);

        List<Activity> mine;
        lock (spans) mine = [.. spans.Where(span => span.TraceId == caller.TraceId)];
        var send = mine.Single(span => span.DisplayName == $"send {_topic}");
        var process = mine.Single(span => span.DisplayName == $"process {_topic}");
        (send.Kind, process.Kind).ShouldBe((ActivityKind.Producer, ActivityKind.Consumer));
        process.ParentSpanId.ShouldBe(send.SpanId);
    }

    [Fact]
    public async Task Message_that_is_too_long_is_told_and_the_others_of_its_batch_arrive()
    {
        var tooLong = new KafkaMessage(_topic, RandomNumberGenerator.GetBytes(1_100_000)) { Partition = 0 };

        (await Should.ThrowAsync<FlexCoreException>(async () => await _client.SendAsync(tooLong, Token))).Error.Code.ShouldBe(ErrorCodes.SystemRequestRefused);
        (await Should.ThrowAsync<FlexCoreException>(async () => await _client.SendManyAsync([KafkaMessage.Of(_topic, "key", "1"), tooLong, KafkaMessage.Of(_topic, "key", "2")], Token)))
            .Error.Code.ShouldBe(ErrorCodes.SystemRequestRefused);

        (await Inbox.ReadAsync(_client, _topic, 2, Token)).Select(record => record.Text).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task Brokers_that_go_away_are_told_after_the_time_that_is_set()
    {
        var cluster = new KafkaCluster();
        await using var client = SharedKafka.Connect(cluster.Brokers, options => options.Timeout = TimeSpan.FromSeconds(2));
        await client.SendAsync(KafkaMessage.Of(_topic, "key", "before"), Token);
        cluster.Dispose();

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await client.SendAsync(KafkaMessage.Of(_topic, "key", "after"), Token).AsTask().WaitAsync(Patience, Token));

        failure.Error.Code.ShouldBeOneOf(ErrorCodes.SystemUnreachable, ErrorCodes.SystemTimedOut);
        (await Should.ThrowAsync<FlexCoreException>(async () => await client.CheckHealthAsync(Token))).Error.Code.ShouldBeOneOf(ErrorCodes.SystemUnreachable, ErrorCodes.SystemTimedOut);
    }

    [Fact]
    public async Task Cluster_to_which_nothing_gets_through_is_left_alone_by_senders_too()
    {
        await using var client = SharedKafka.Connect(["127.0.0.1:1"], options =>
        {
            options.Timeout = TimeSpan.FromSeconds(1);
            (options.Breaker.Enabled, options.Breaker.MinimumThroughput, options.Breaker.Pause) = (true, 2, TimeSpan.FromMinutes(1));
        });
        for (var attempt = 0; attempt < 2; attempt++) await Should.ThrowAsync<FlexCoreException>(async () => await client.SendAsync(KafkaMessage.Of(_topic, "key", "value"), Token));

        (await Should.ThrowAsync<FlexCoreException>(async () => await client.SendAsync(KafkaMessage.Of(_topic, "key", "value"), Token))).Error.Code.ShouldBe(ErrorCodes.SystemResting);
    }

    [Fact]
    public async Task Sender_can_stop_waiting_and_the_next_one_gets_its_own_answer()
    {
        await using var client = SharedKafka.Connect(["127.0.0.1:1"], options => options.Timeout = TimeSpan.FromSeconds(2));
        using var gaveUp = new CancellationTokenSource();
        var first = client.SendAsync(KafkaMessage.Of(_topic, "key", "value"), gaveUp.Token).AsTask();
        await gaveUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(first);
        await Should.ThrowAsync<FlexCoreException>(async () => await client.SendAsync(KafkaMessage.Of(_topic, "key", "value"), Token));
    }

    [Fact]
    public async Task Question_that_was_given_up_is_over_before_the_driver_is_ended()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var client = SharedKafka.Connect([$"127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}"], options => options.Timeout = TimeSpan.FromSeconds(2));
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asking = client.CountPartitionsAsync("any", giveUp.Token);
        using var connection = await silent.AcceptTcpClientAsync(Token);

        await giveUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(asking.AsTask());
        client.BlockedCalls.ShouldBe(1, "the driver still waits for its answer, and cannot be told not to");
        await client.CloseAsync(Token);
        client.BlockedCalls.ShouldBe(0);
    }

    [Fact]
    public async Task Health_names_a_topic_that_is_needed_and_not_there()
    {
        await _client.SendAsync(KafkaMessage.Of(_topic, "key", "value"), Token);
        await using var satisfied = kafka.Connect(options => options.Topics = [_topic]);
        await using var lacking = kafka.Connect(options => options.Topics = [_topic, "nowhere"]);

        (await satisfied.CheckHealthAsync(Token)).ShouldBe("3 brokers");
        (await Should.ThrowAsync<FlexCoreException>(async () => await lacking.CheckHealthAsync(Token))).Message.ShouldContain("nowhere");
    }

    [Fact]
    public void Library_that_is_not_installed_is_named_with_the_way_to_get_it()
    {
        var failure = Should.Throw<FlexCoreException>(() => SystemKafka.Find("librdkafka-that-nobody-has.so.1"));

        failure.Error.Message.ShouldContain("librdkafka-that-nobody-has.so.1");
        failure.Error.Remedy.ShouldContain("apt-get install librdkafka1");
    }

    [Fact]
    public void Security_reaches_the_driver_as_it_is_set()
    {
        var options = new KafkaOptions { Brokers = ["a:1", "b:2"] };
        (options.Security.Tls, options.Security.User, options.Security.Password, options.Security.CaFile) = (true, "user", "canary", "/etc/ca.pem");

        var settings = KafkaSettings.OfConsumer(options, "group").ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);

        settings["bootstrap.servers"].ShouldBe("a:1,b:2");
        settings["security.protocol"].ShouldBe("sasl_ssl");
        settings["sasl.mechanism"].ShouldBe("SCRAM-SHA-512");
        settings["sasl.password"].ShouldBe("canary");
        settings["ssl.ca.location"].ShouldBe("/etc/ca.pem");
        settings["enable.auto.commit"].ShouldBe("False");
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private static KeyValuePair<string, ReadOnlyMemory<byte>> Header(string name, string value) => new(name, Encoding.UTF8.GetBytes(value));
}
