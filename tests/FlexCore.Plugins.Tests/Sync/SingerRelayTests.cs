using System.Text;
using FlexCore.Plugins.Sync;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Plugins.Tests.Sync;

public sealed class SingerRelayTests : IDisposable
{
    private const long Limit = 4096;

    private readonly Pipe _tap = new();
    private readonly Pipe _target = new();

    public void Dispose()
    {
        _tap.Dispose();
        _target.Dispose();
    }

    [Fact]
    public void Bytes_come_out_exactly_as_they_went_in_for_any_lines_and_pieces() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll(Lines.ToArbitrary(), Gen.OneOf(Gen.Choose(1, 20), Gen.Choose(500, 5000)).NonEmptyListOf().ToArbitrary(), (lines, pieces) =>
        {
            using var tap = new Pipe();
            using var target = new Pipe();
            var sent = Encoding.UTF8.GetBytes(string.Concat(lines));
            var relay = new SingerRelay(tap.Reader, target.AsInput(), lineLimit: 1 << 20);

            var (end, received) = Carry(relay, tap, target, sent, [.. pieces]);

            end.Verdict.ShouldBe(RelayVerdict.Completed);
            received.ShouldBe(sent);
            relay.Bytes.ShouldBe(sent.Length);
            relay.Records.Snapshot().Values.Sum().ShouldBe(lines.Count(line => line.Contains("RECORD", StringComparison.Ordinal)));
        }));

    [Fact]
    public void Last_line_without_newline_is_passed_on_when_it_is_a_whole_message()
    {
        var sent = Record(1) + "\n" + Record(2);

        var (end, received) = Relay(sent);

        (end.Verdict, received).ShouldBe((RelayVerdict.Completed, sent));
    }

    [Fact]
    public void Half_a_line_at_the_end_is_named_and_not_passed_on()
    {
        var (end, received) = Relay(Record(1) + "\n" + Record(2)[..^5]);

        (end.Verdict, received).ShouldBe((RelayVerdict.CutOff, Record(1) + "\n"));
        end.Problem.ShouldStartWith("its output ends in the middle of line 2: '{\"type\"");
    }

    [Fact]
    public void Empty_output_completes() => Relay("").End.Verdict.ShouldBe(RelayVerdict.Completed);

    [Theory]
    [InlineData("Traceback (most recent call last):", "line 3 is not valid JSON: 'Traceback (most recent call last):'")]
    [InlineData("", "line 3 is not valid JSON: ''")]
    [InlineData("\u001b[2J", "line 3 is not valid JSON: '\\u001b[2J'")]
    [InlineData("{\"type\":\"STATE\"}", "line 3 is a STATE without a 'value': '{\"type\":\"STATE\"}'")]
    public void Line_that_is_no_message_ends_the_relay_and_what_came_before_is_passed_on(string line, string problem)
    {
        var good = $"{Record(1)}\n{Record(2)}\n";

        var (end, received) = Relay($"{good}{line}\n{Record(4)}\n");

        (end.Verdict, end.Problem, received).ShouldBe((RelayVerdict.Broken, problem, good));
    }

    [Fact]
    public void Line_that_is_not_UTF8_is_named_and_what_came_before_is_passed_on_and_counted()
    {
        var good = Encoding.UTF8.GetBytes($"{Record(1)}\n{Record(2)}\n");
        byte[] bad = [.. """{"type":"RECORD","stream":"orders","record":{"x":" """u8, 0xC3, 0x28, .. "\"}}\n"u8];
        var relay = new SingerRelay(_tap.Reader, _target.AsInput(), Limit);

        var (end, received) = Carry(relay, _tap, _target, [.. good, .. bad, .. good], [int.MaxValue]);

        end.Verdict.ShouldBe(RelayVerdict.Broken);
        received.ShouldBe(good);
        end.Problem.ShouldStartWith("line 3 is not UTF-8");
        relay.Records.Snapshot()["orders"].ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Line_over_the_limit_ends_the_relay_whether_it_came_whole_or_in_pieces(bool whole)
    {
        var line = Record(1) + new string(' ', (int)Limit) + "\n";

        var (end, received) = Carry(new SingerRelay(_tap.Reader, _target.AsInput(), Limit), _tap, _target, Encoding.UTF8.GetBytes(Record(0) + "\n" + line), [whole ? int.MaxValue : 512]);

        (end.Verdict, end.Problem).ShouldBe((RelayVerdict.LineTooLong, "line 2 is longer than the limit of 4096 bytes"));
        received.ShouldBe(Encoding.UTF8.GetBytes(Record(0) + "\n"));
    }

    [Fact]
    public void Line_of_exactly_the_limit_is_passed_on()
    {
        var line = Record(1) + new string(' ', (int)Limit - Encoding.UTF8.GetByteCount(Record(1))) + "\n";

        Relay(line).ShouldBe((new RelayEnd(RelayVerdict.Completed), line));
    }

    [Fact]
    public void Line_larger_than_every_buffer_is_passed_on()
    {
        var line = $$$"""{"type":"RECORD","stream":"orders","record":{"x":"{{{new string('é', 1 << 20)}}}"}}""" + "\n";

        Carry(new SingerRelay(_tap.Reader, _target.AsInput(), lineLimit: 4 << 20), _tap, _target, Encoding.UTF8.GetBytes(line), [100_000]).Received.ShouldBe(Encoding.UTF8.GetBytes(line));
    }

    [Fact]
    public async Task Target_that_closes_its_input_ends_the_relay()
    {
        _target.Reader.Dispose();
        var relaying = NamedThread.RunAsync("relay", new SingerRelay(_tap.Reader, _target.AsInput(), Limit).Run);
        Write(_tap, Encoding.UTF8.GetBytes(Record(1) + "\n"), [int.MaxValue]);

        (await relaying.WaitAsync(Patience, TestContext.Current.CancellationToken)).Verdict.ShouldBe(RelayVerdict.TargetClosed);
    }

    [Fact]
    public async Task Stop_ends_the_targets_input_after_whole_lines_and_reads_the_tap_to_its_end()
    {
        var relay = new SingerRelay(_tap.Reader, _target.AsInput(), Limit);
        var relaying = NamedThread.RunAsync("relay", relay.Run);
        using var tap = new FileStream(_tap.Writer, FileAccess.Write, bufferSize: 0);
        using var target = new StreamReader(new FileStream(_target.Reader, FileAccess.Read, bufferSize: 0));
        tap.Write(Encoding.UTF8.GetBytes(Record(1) + "\n" + Record(2)[..10]));
        (await target.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe(Record(1));

        relay.Stop();
        (await target.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();

        // More than a pipe holds: a relay that no longer reads would block the tap here for ever.
        tap.Write(new byte[1 << 20]);
        tap.Dispose();
        (await relaying.WaitAsync(Patience, TestContext.Current.CancellationToken)).Verdict.ShouldBe(RelayVerdict.Stopped);
    }

    [Fact]
    public async Task Relaying_allocates_nothing_per_record()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(path, Enumerable.Range(0, 110_000).Select(Record));
            var spent = await NamedThread.RunAsync("relay", () =>
            {
                Measure(path, 10_000);
                return (Few: Measure(path, 10_000), Many: Measure(path, 110_000));
            });

            // Readings of one thread, so the difference is that of 100,000 records.
            (spent.Many - spent.Few).ShouldBeLessThan(4096);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static TimeSpan Patience => TimeSpan.FromSeconds(30);

    private static long Measure(string path, int records)
    {
        var part = path + ".part";
        File.WriteAllLines(part, File.ReadLines(path).Take(records));
        using var source = File.OpenHandle(part);
        using var target = new Pipe();
        var draining = NamedThread.RunAsync("drain", () => Drain(target.Reader));
        var relay = new SingerRelay(source, target.AsInput(), 1 << 20);

        var before = GC.GetAllocatedBytesForCurrentThread();
        relay.Run().Verdict.ShouldBe(RelayVerdict.Completed);
        var spent = GC.GetAllocatedBytesForCurrentThread() - before;

        draining.GetAwaiter().GetResult().ShouldBe(relay.Bytes);
        relay.Records.Snapshot()["orders"].ShouldBe(records);
        File.Delete(part);
        return spent;
    }

    private static long Drain(SafeFileHandle pipe)
    {
        using var stream = new FileStream(pipe, FileAccess.Read, bufferSize: 0);
        var buffer = new byte[64 * 1024];
        long total = 0;
        for (int read; (read = stream.Read(buffer)) > 0;) total += read;
        return total;
    }

    private static string Record(int id) => $$$"""{"type": "RECORD", "stream": "orders", "record": {"id": {{{id}}}, "name": "Zoë 🙂"}}""";

    private static Gen<List<string>> Lines =>
        Gen.Frequency(
            (10, Gen.Choose(0, 2000).Select(length => $$$"""{"type":"RECORD","stream":"s{{{length % 3}}}","record":{"x":"{{{new string('é', length)}}}"}}""" + "\n")),
            (2, Gen.Choose(0, 50).Select(id => $$$"""{"record":{"id":{{{id}}}},"type":"RECORD","stream":"late"}""" + "\r\n")),
            (1, Gen.Elements("""{"type":"STATE","value":{"id":1}}""" + "\n", """{"type":"SCHEMA","stream":"s0","schema":{}}""" + "\n", """{"type":"NEW","x":1}""" + "\n")))
            .ListOf();

    private (RelayEnd End, string Received) Relay(string sent)
    {
        var (end, received) = Carry(new SingerRelay(_tap.Reader, _target.AsInput(), Limit), _tap, _target, Encoding.UTF8.GetBytes(sent), [int.MaxValue]);
        return (end, Encoding.UTF8.GetString(received));
    }

    /// <summary>Sends all bytes in pieces of these lengths, over and over, and returns what came out at the other end.</summary>
    private static (RelayEnd End, byte[] Received) Carry(SingerRelay relay, Pipe tap, Pipe target, byte[] sent, int[] pieces)
    {
        var relaying = NamedThread.RunAsync("relay", relay.Run);
        var writing = NamedThread.RunAsync("tap", () => Write(tap, sent, pieces));
        using var output = new MemoryStream();
        using (var stream = new FileStream(target.Reader, FileAccess.Read, bufferSize: 0)) stream.CopyTo(output);
        var end = relaying.GetAwaiter().GetResult();
        tap.Reader.Dispose();
        writing.GetAwaiter().GetResult();
        return (end, output.ToArray());
    }

    private static void Write(Pipe tap, byte[] sent, int[] pieces)
    {
        using var stream = new FileStream(tap.Writer, FileAccess.Write, bufferSize: 0);
        try
        {
            for (int at = 0, turn = 0; at < sent.Length; turn++)
            {
                var length = Math.Min(pieces[turn % pieces.Length], sent.Length - at);
                stream.Write(sent, at, length);
                at += length;
            }
        }
        catch (IOException)
        {
            // The relay has ended before the tap.
        }
    }
}
