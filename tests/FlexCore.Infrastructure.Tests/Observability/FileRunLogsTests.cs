using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Observability;

namespace FlexCore.Infrastructure.Tests.Observability;

public sealed class FileRunLogsTests : IDisposable
{
    private static readonly LogLine Line = new(DateTimeOffset.UnixEpoch, "load", "tap-csv", LogLineLevel.Warning, "slow");

    private readonly DataFolder _data = new();
    private readonly Guid _run = Guid.CreateVersion7();

    private FileRunLogs Logs => new(Path.Combine(_data.Path, "logs"));

    private string FilePath => Path.Combine(_data.Path, "logs", $"{_run}.jsonl");

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Lines_come_back_as_they_were_written_over_several_openings()
    {
        LogLine[] lines = [Line, Line with { Level = LogLineLevel.Error, Message = "tab\t \"quoted\" \\ é 🙂 \u001b[31m \u2028 \0 line\nbreak" }, Line with { Step = "report", Level = LogLineLevel.Debug }];
        await WriteAsync(lines[..2]);
        await WriteAsync(lines[2..]);

        (await ReadAsync()).ShouldBe(lines);
        (await File.ReadAllLinesAsync(FilePath, TestContext.Current.CancellationToken)).Length.ShouldBe(3);
    }

    [Fact]
    public async Task Line_can_be_read_while_the_log_is_open()
    {
        await using var writer = Logs.Open(_run);
        writer.Write(Line);

        (await ReadAsync()).ShouldBe([Line]);
    }

    [Fact]
    public async Task Line_half_written_by_a_killed_process_is_passed_over()
    {
        await WriteAsync(Line, Line);
        var bytes = await File.ReadAllBytesAsync(FilePath, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(FilePath, bytes[..^10], TestContext.Current.CancellationToken);

        (await ReadAsync()).ShouldBe([Line]);
    }

    [Fact]
    public async Task Log_of_a_run_that_said_nothing_is_empty() => (await ReadAsync()).ShouldBeEmpty();

    [Fact]
    public async Task Lines_of_several_threads_do_not_mix()
    {
        var long1 = Line with { Message = new string('a', 5000) };
        var long2 = Line with { Message = new string('b', 5000) };
        await using (var writer = Logs.Open(_run))
        {
            await Task.WhenAll(new[] { long1, long2 }.Select(line => Task.Run(() =>
            {
                for (var i = 0; i < 200; i++) writer.Write(line);
            })));
        }

        (await ReadAsync()).CountBy(line => line.Message[0]).ToDictionary().ShouldBe(new Dictionary<char, int> { ['a'] = 200, ['b'] = 200 }, ignoreOrder: true);
    }

    [Fact]
    public void Folder_that_cannot_be_made_is_an_unavailable_store() =>
        Should.Throw<FlexCoreException>(() => new FileRunLogs("/dev/null/logs").Open(_run)).Error.Code.ShouldBe(ErrorCodes.StoreUnavailable);

    [Fact]
    public async Task Disk_that_is_full_is_told_as_such()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.CreateSymbolicLink(FilePath, "/dev/full");
        await using var writer = Logs.Open(_run);

        Should.Throw<FlexCoreException>(() => writer.Write(Line)).Error.Code.ShouldBe(ErrorCodes.DiskFull);
    }

    private async Task WriteAsync(params LogLine[] lines)
    {
        await using var writer = Logs.Open(_run);
        foreach (var line in lines) writer.Write(line);
    }

    private async Task<List<LogLine>> ReadAsync()
    {
        var lines = new List<LogLine>();
        await foreach (var line in Logs.ReadAsync(_run, TestContext.Current.CancellationToken)) lines.Add(line);
        return lines;
    }
}
