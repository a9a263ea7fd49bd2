using System.Text;
using FlexCore.EventStore.Tests.Conformance;

namespace FlexCore.EventStore.Tests.Import;

public sealed class LogFileTests : IAsyncDisposable
{
    private readonly SqlitePlace _sqlite = new();
    private readonly PostgresPlace _postgres = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _sqlite.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    [Fact]
    public async Task Log_goes_from_SQLite_through_a_file_to_PostgreSQL_and_gives_the_same_file_again()
    {
        await using var source = await _sqlite.OpenAsync(TimeProvider.System);
        await using var target = await _postgres.OpenAsync(TimeProvider.System);
        byte[][] contents =
        [
            [], "{}"u8.ToArray(), " {}"u8.ToArray(), "{} "u8.ToArray(), "{ \"a\" : [1.50e0, \"\\u00e9\\ud800\", \"é😀\"] }"u8.ToArray(), "{\n}"u8.ToArray(), "{\r}"u8.ToArray(), "null"u8.ToArray(),
            "1 2"u8.ToArray(), "{}{}"u8.ToArray(), "\"\u0001\""u8.ToArray(), [0xFF, 0, 10], [(byte)'"', 0xFF, (byte)'"'], [0xEF, 0xBB, 0xBF, (byte)'1'], "no json"u8.ToArray(),
            Encoding.UTF8.GetBytes(new string('[', 64) + new string(']', 64)), Encoding.UTF8.GetBytes(new string('[', 65) + new string(']', 65)),
            Encoding.UTF8.GetBytes("\"" + new string('x', 300_000) + "\""), new byte[3_000_000], "{\"a\":1,\"a\":2}"u8.ToArray(), "12345678901234567890.10"u8.ToArray(),
        ];
        foreach (var content in contents)
        {
            await source.AppendAsync(Some.Append("run-é😀\"\\\u0001", new EventData(Guid.CreateVersion7(), "Later\u2028Type", content, "{\"schema\":99}"u8.ToArray()), new EventData(Guid.CreateVersion7(), "T", default, content)), Token);
        }

        await source.AppendAsync(StreamAppend.Tombstone("run-closed", ExpectedVersion.Any), Token);
        var first = await ExportAsync(source);
        (await target.ImportAsync(LogFile.ReadAsync(new MemoryStream(first), Token), Token)).ShouldBe(2 * contents.Length + 1);
        var second = await ExportAsync(target);

        second.ShouldBe(first);
        Encoding.UTF8.GetString(first).Split('\n')[2].ShouldContain(""","data":{},"metadata":{"schema":99},"hash":""");
        (await target.ImportAsync(LogFile.ReadAsync(new MemoryStream(second), Token), Token)).ShouldBe(0);
        var original = await source.ReadLogAsync(0, int.MaxValue, new LogFilter(), Token);
        var copy = await target.ReadLogAsync(0, int.MaxValue, new LogFilter(), Token);
        original.Zip(copy).ShouldAllBe(pair => pair.First.IsSameAs(pair.Second));
    }

    [Fact]
    public async Task File_that_was_cut_off_or_damaged_is_refused_at_its_line_and_the_whole_one_goes_on_from_there()
    {
        await using var source = await _sqlite.OpenAsync(TimeProvider.System);
        await using var target = await _postgres.OpenAsync(TimeProvider.System);
        await source.AppendAsync(Some.Append("run-1", Some.Events(20)), Token);
        var whole = await ExportAsync(source);
        var lines = Encoding.UTF8.GetString(whole).TrimEnd('\n').Split('\n');
        var cut = whole[..^30];

        (await RefuseAsync(target, cut)).Line.ShouldBe(20);
        foreach (var garbage in new[] { "", "x", "[]", "{}", "{\"position\":3", lines[2] + "x", lines[2] + "{}", lines[2].Replace("\"version\":3", "\"version\":\"3\""), lines[2].Replace("\"id\":", "\"ident\":"), lines[2].Replace("run-1", "run"), lines[2].Replace("Z\"", "\"") })
        {
            var refused = await RefuseAsync(target, Encoding.UTF8.GetBytes(string.Join('\n', [lines[0], lines[1], garbage, .. lines[3..], ""])));
            (refused.Code, refused.Line).ShouldBe(("FX1006", 3), garbage);
            refused.Message.ShouldStartWith("Line 3 of the file of events cannot be read: ");
        }

        await Should.ThrowAsync<LogFileException>(async () => await target.ImportAsync(LogFile.ReadAsync(new Endless(), Token), Token));
        await target.ImportAsync(LogFile.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(lines[0] + "\n" + lines[1])), Token), Token);
        (await target.ImportAsync(LogFile.ReadAsync(new MemoryStream(whole), Token), Token)).ShouldBe(18);
        (await ExportAsync(target)).ShouldBe(whole);
    }

    private static async Task<byte[]> ExportAsync(IEventStore store)
    {
        using var file = new MemoryStream();
        await LogFile.WriteAsync(store, file, Token);
        return file.ToArray();
    }

    private static async Task<LogFileException> RefuseAsync(IEventStore store, byte[] file) =>
        await Should.ThrowAsync<LogFileException>(async () => await store.ImportAsync(LogFile.ReadAsync(new MemoryStream(file), Token), Token));

    /// <summary>One line without an end.</summary>
    private sealed class Endless : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'x');
            return new(buffer.Length);
        }
    }
}
