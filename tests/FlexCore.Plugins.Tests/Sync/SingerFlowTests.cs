using System.Text;
using FlexCore.Plugins.Sync;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.Sync;

public sealed class SingerFlowTests
{
    private const long Limit = 4096;

    [Fact]
    public void Bytes_come_out_exactly_as_they_went_in_for_any_lines_and_pieces() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll(Lines.ToArbitrary(), Gen.OneOf(Gen.Choose(1, 20), Gen.Choose(500, 5000)).NonEmptyListOf().ToArbitrary(), (lines, pieces) =>
        {
            var sent = Encoding.UTF8.GetBytes(string.Concat(lines));
            var flow = new TestFlow(1 << 20);

            var (end, received) = flow.CarryAsync(sent, [.. pieces]).GetAwaiter().GetResult();

            end.ShouldBe(new FlowEnd(FlowVerdict.Completed));
            received.ShouldBe(sent);
            flow.Flow.Bytes.ShouldBe(sent.Length);
            flow.Sum(stream => stream.Out).ShouldBe(lines.Count(line => line.Contains("RECORD", StringComparison.Ordinal)));
            flow.Sum(stream => stream.Bytes).ShouldBe(lines.Where(line => line.Contains("RECORD", StringComparison.Ordinal)).Sum(Encoding.UTF8.GetByteCount));
        }));

    [Fact]
    public async Task Last_line_without_newline_is_passed_on_with_one_when_it_is_a_whole_message()
    {
        var (end, received) = await RelayAsync(Record(1) + "\n" + Record(2));

        (end.Verdict, received).ShouldBe((FlowVerdict.Completed, Record(1) + "\n" + Record(2) + "\n"));
    }

    [Fact]
    public async Task Half_a_line_at_the_end_is_named_and_not_passed_on()
    {
        var (end, received) = await RelayAsync(Record(1) + "\n" + Record(2)[..^5]);

        (end.Verdict, received).ShouldBe((FlowVerdict.CutOff, Record(1) + "\n"));
        end.Problem!.Message.ShouldStartWith("its output ends in the middle of line 2: '{\"type\"");
    }

    [Fact]
    public async Task Empty_output_completes() => (await RelayAsync("")).End.Verdict.ShouldBe(FlowVerdict.Completed);

    [Theory]
    [InlineData("Traceback (most recent call last):", "line 3 is not valid JSON: 'Traceback (most recent call last):'")]
    [InlineData("", "line 3 is not valid JSON: ''")]
    [InlineData("\u001b[2J", "line 3 is not valid JSON: '\\u001b[2J'")]
    [InlineData("{\"type\":\"STATE\"}", "line 3 is a STATE without a 'value': '{\"type\":\"STATE\"}'")]
    public async Task Line_that_is_no_message_ends_the_flow_and_what_came_before_is_passed_on(string line, string problem)
    {
        var good = $"{Record(1)}\n{Record(2)}\n";

        var (end, received) = await RelayAsync($"{good}{line}\n{Record(4)}\n");

        (end.Verdict, end.Problem!.Message, received).ShouldBe((FlowVerdict.Broken, problem, good));
    }

    [Fact]
    public async Task Line_that_is_not_UTF8_is_named_and_what_came_before_is_passed_on_and_counted()
    {
        var good = Encoding.UTF8.GetBytes($"{Record(1)}\n{Record(2)}\n");
        byte[] bad = [.. """{"type":"RECORD","stream":"orders","record":{"x":" """u8, 0xC3, 0x28, .. "\"}}\n"u8];
        var flow = new TestFlow(Limit);

        var (end, received) = await flow.CarryAsync([.. good, .. bad, .. good], [int.MaxValue]);

        end.Verdict.ShouldBe(FlowVerdict.Broken);
        received.ShouldBe(good);
        end.Problem!.Message.ShouldStartWith("line 3 is not UTF-8");
        flow.Sum(stream => stream.Out).ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Line_over_the_limit_ends_the_flow_whether_it_came_whole_or_in_pieces(bool whole)
    {
        var line = Record(1) + new string(' ', (int)Limit) + "\n";

        var (end, received) = await new TestFlow(Limit).CarryAsync(Encoding.UTF8.GetBytes(Record(0) + "\n" + line), [whole ? int.MaxValue : 512]);

        (end.Verdict, end.Problem!.Message).ShouldBe((FlowVerdict.LineTooLong, "line 2 is longer than the limit of 4096 bytes"));
        Encoding.UTF8.GetString(received).ShouldStartWith(Record(0) + "\n");
        received.Count(b => b == (byte)'\n').ShouldBe(1, "no half line may look like a whole one");
    }

    [Fact]
    public async Task Line_of_exactly_the_limit_is_passed_on()
    {
        var line = Record(1) + new string(' ', (int)Limit - Encoding.UTF8.GetByteCount(Record(1))) + "\n";

        (await RelayAsync(line)).ShouldBe((new FlowEnd(FlowVerdict.Completed), line));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(100_003)]
    public async Task Line_larger_than_every_buffer_is_streamed_through_between_others(int piece)
    {
        var length = piece == 1 ? 300_000 : 4_000_000;
        var lines = $"{Record(1)}\n" + $$$"""{"type":"RECORD","stream":"orders","record":{"x":"{{{new string('é', length / 2)}}}"}}""" + $"\n{Record(2)}\n{Record(3)}\n";
        var flow = new TestFlow(16 << 20);

        var (end, received) = await flow.CarryAsync(Encoding.UTF8.GetBytes(lines), [piece]);

        end.ShouldBe(new FlowEnd(FlowVerdict.Completed));
        Encoding.UTF8.GetString(received).ShouldBe(lines);
        flow.Sum(stream => stream.Out).ShouldBe(4);
        flow.Sum(stream => stream.Bytes).ShouldBe(received.Length);
        flow.Flow.Lines.ShouldBe(4);
    }

    [Fact]
    public async Task Streamed_line_that_is_cut_off_or_not_UTF8_is_named()
    {
        var beginning = $$$"""{"type":"RECORD","stream":"orders","record":{"x":"{{{new string('x', 500_000)}}}""";

        (await RelayAsync(beginning, 1 << 20)).End.Verdict.ShouldBe(FlowVerdict.CutOff);
        (await RelayAsync(beginning + "\n", 1 << 20)).End.Problem!.Message.ShouldStartWith("line 1 is not valid JSON");
        var (end, _) = await new TestFlow(1 << 20).CarryAsync([.. Encoding.UTF8.GetBytes(beginning), 0xC3, 0x28, .. "\"}}\n"u8], [int.MaxValue]);
        end.Problem!.Message.ShouldStartWith("line 1 is not UTF-8");
    }

    [Fact]
    public async Task Long_line_in_an_unusual_order_is_held_whole_and_passed_on()
    {
        var line = $$$"""{"record":{"x":"{{{new string('é', 1 << 20)}}}"},"type":"RECORD","stream":"late"}""" + "\n";

        (await RelayAsync(line, 16 << 20)).Received.ShouldBe(line);
    }

    [Fact]
    public async Task Every_reader_gets_everything_and_a_slow_one_holds_the_others_back_without_loss()
    {
        var lines = string.Concat(Enumerable.Range(0, 50_000).Select(id => Record(id) + "\n"));
        var flow = new TestFlow(Limit, readers: 3);
        var slow = flow.ReadAsync(2, pieces: 1000);

        var (end, received) = await flow.CarryAsync(Encoding.UTF8.GetBytes(lines), [int.MaxValue]);

        end.ShouldBe(new FlowEnd(FlowVerdict.Completed));
        received.Length.ShouldBe(Encoding.UTF8.GetByteCount(lines));
        (await slow).ShouldBe(received);
        (await flow.ReadAsync(1)).ShouldBe(received);
    }

    [Fact]
    public async Task Reader_that_closes_its_input_ends_the_flow()
    {
        var flow = new TestFlow(Limit);
        flow.Outputs[0].Dispose();
        var running = flow.Flow.RunAsync();
        await flow.Input.WriteAsync(Encoding.UTF8.GetBytes(Record(1) + "\n"));

        (await running.WaitAsync(Patience, TestContext.Current.CancellationToken)).Verdict.ShouldBe(FlowVerdict.SinkClosed);
    }

    [Fact]
    public async Task Stop_ends_the_readers_input_after_whole_lines_and_reads_the_source_to_its_end()
    {
        var flow = new TestFlow(Limit);
        var running = flow.Flow.RunAsync();
        using var reader = new StreamReader(flow.Outputs[0]);
        await flow.Input.WriteAsync(Encoding.UTF8.GetBytes(Record(1) + "\n" + Record(2)[..10]));
        (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe(Record(1));

        flow.Flow.Stop();
        (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();

        // More than a pipe holds: a flow that no longer reads would block the source here for ever.
        await flow.Input.WriteAsync(new byte[1 << 20]);
        flow.Input.Complete();
        (await running.WaitAsync(Patience, TestContext.Current.CancellationToken)).Verdict.ShouldBe(FlowVerdict.Stopped);
    }

    [Fact]
    public async Task Silent_flows_have_no_threads()
    {
        var flows = Enumerable.Range(0, 300).Select(_ => new TestFlow(Limit)).ToList();
        var running = flows.Select(flow => flow.Flow.RunAsync()).ToList();

        await Until(() => !ThreadNames().Contains("flow test"));

        foreach (var flow in flows)
        {
            await flow.Input.WriteAsync(Encoding.UTF8.GetBytes(Record(1) + "\n"));
            flow.Input.Complete();
        }

        (await Task.WhenAll(running)).ShouldAllBe(end => end.Verdict == FlowVerdict.Completed);
        flows.Sum(flow => flow.Sum(stream => stream.Out)).ShouldBe(300);
    }

    [Fact]
    public async Task Carrying_allocates_nothing_per_record()
    {
        var few = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 10_000).Select(id => Record(id) + "\n")));
        var many = Enumerable.Repeat(few, 11).SelectMany(bytes => bytes).ToArray();
        MeasureTake(few);

        (MeasureTake(many) - MeasureTake(few)).ShouldBeLessThan(4096, "difference of 100,000 records");
        await Task.CompletedTask;
    }

    private static TimeSpan Patience => TimeSpan.FromSeconds(30);

    /// <summary>What looking at all lines allocates, in pieces of 64 KiB as the flow gives them.</summary>
    private static long MeasureTake(byte[] bytes)
    {
        var lines = new TestFlow(Limit).Lines;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var at = 0; at < bytes.Length;)
        {
            var piece = bytes.AsMemory(at, Math.Min(64 * 1024, bytes.Length - at));
            var (taken, _) = lines.Take(piece, 0, out var problem);
            problem.ShouldBeNull();
            at += taken;
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static HashSet<string> ThreadNames() => [.. Directory.GetDirectories("/proc/self/task").Select(task =>
    {
        try
        {
            return File.ReadAllText($"{task}/comm").TrimEnd();
        }
        catch (IOException)
        {
            return "";
        }
    })];

    private static async Task Until(Func<bool> condition)
    {
        for (var wait = 0; !condition(); wait++)
        {
            wait.ShouldBeLessThan(300, "it never came to pass");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private static string Record(int id) => $$$"""{"type": "RECORD", "stream": "orders", "record": {"id": {{{id}}}, "name": "Zoë 🙂"}}""";

    private static Gen<List<string>> Lines =>
        Gen.Frequency(
            (10, Gen.Choose(0, 2000).Select(length => $$$"""{"type":"RECORD","stream":"s{{{length % 3}}}","record":{"x":"{{{new string('é', length)}}}"}}""" + "\n")),
            (2, Gen.Choose(0, 50).Select(id => $$$"""{"record":{"id":{{{id}}}},"type":"RECORD","stream":"late"}""" + "\r\n")),
            (1, Gen.Elements("""{"type":"STATE","value":{"id":1}}""" + "\n", """{"type":"SCHEMA","stream":"s0","schema":{}}""" + "\n", """{"type":"NEW","x":1}""" + "\n")))
            .ListOf();

    private static async Task<(FlowEnd End, string Received)> RelayAsync(string sent, long limit = Limit)
    {
        var (end, received) = await new TestFlow(limit).CarryAsync(Encoding.UTF8.GetBytes(sent), [int.MaxValue]);
        return (end, Encoding.UTF8.GetString(received));
    }
}
