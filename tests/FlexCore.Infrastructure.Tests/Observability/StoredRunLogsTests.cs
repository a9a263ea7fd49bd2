using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.Observability;

/// <summary>Logs of runs where files are in S3: data directories are nodes.</summary>
public sealed class StoredRunLogsTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Then = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DataFolder _one = new();
    private readonly DataFolder _other = new();
    private readonly List<string> _warnings = [];
    private readonly Guid _run = Guid.CreateVersion7();
    private S3Server _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await S3Server.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _one.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Log_of_a_run_that_several_nodes_have_had_is_one_in_the_order_of_time_at_each_of_them()
    {
        await using var one = await OpenAsync(_one);
        await using var other = await OpenAsync(_other);
        await WriteAsync(one, 1, 2, 5);
        await one.Logs.SendAsync(Token);
        await WriteAsync(other, 3, 4);

        (await ReadAsync(other)).ShouldBe([1, 2, 3, 4, 5]);
        (await ReadAsync(one)).ShouldBe([1, 2, 5], "the other one still has it");
        await other.Logs.SendAsync(Token);
        (await ReadAsync(one)).ShouldBe([1, 2, 3, 4, 5]);
        Directory.Delete(Path.Combine(_one.Path, "logs"), recursive: true);
        (await ReadAsync(one)).ShouldBe([1, 2, 3, 4, 5]);
    }

    [Fact]
    public async Task Log_that_is_being_written_is_sent_when_it_no_longer_is()
    {
        await using var one = await OpenAsync(_one);
        await using var other = await OpenAsync(_other);
        await using (var writer = one.Logs.Open(_run))
        {
            writer.Write(Line(1));
            await one.Logs.SendAsync(Token);
            (await ReadAsync(other)).ShouldBeEmpty();
        }

        await one.Logs.SendAsync(Token);
        (await ReadAsync(other)).ShouldBe([1]);
        await WriteAsync(one, 2);
        await one.Logs.SendAsync(Token);
        (await ReadAsync(other)).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task What_could_not_be_sent_is_told_once_and_sent_by_the_next_process()
    {
        await using (var one = await OpenAsync(_one))
        {
            await WriteAsync(one, 1);
            await _server.KillAsync();
            await one.Logs.SendAsync(Token);
            await one.Logs.SendAsync(Token);
            _warnings.ShouldHaveSingleItem().ShouldContain("store of files");
            (await ReadAsync(one)).ShouldBe([1], "it is here");
        }

        await _server.StartAgainAsync();
        await using var next = await OpenAsync(_one);
        await next.Logs.SendAsync(Token);
        await using var other = await OpenAsync(_other);
        (await ReadAsync(other)).ShouldBe([1]);
    }

    [Fact]
    public async Task Old_logs_and_artifacts_are_deleted_in_the_store_too_and_young_ones_are_not()
    {
        await using var one = await OpenAsync(_one);
        await WriteAsync(one, 1);
        await one.Logs.SendAsync(Token);
        var kept = await one.Artifacts.KeepAsync(_run, "load", "reports/a.csv", new MemoryStream([1, 2, 3]), Token);
        kept.ShouldBe(new Domain.Runs.Artifact("reports/a.csv", 3, "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"));
        Directory.Delete(Path.Combine(_one.Path, "logs"), recursive: true);

        (await one.Past.DeleteLogsAsync(TimeProvider.System.GetUtcNow().AddDays(-1), Token)).ShouldBe(0);
        (await ReadAsync(one)).ShouldBe([1]);
        (await one.Past.DeleteLogsAsync(TimeProvider.System.GetUtcNow().AddDays(1), Token)).ShouldBe(1);

        (await ReadAsync(one)).ShouldBeEmpty();
        (await one.Artifacts.OpenAsync(_run, "load", "reports/a.csv", Token)).ShouldBeNull();
    }

    private static LogLine Line(int number) => new(Then.AddSeconds(number), "load", "tap", LogLineLevel.Info, $"{number}");

    private async Task WriteAsync(InfrastructureModule module, params int[] numbers)
    {
        await using var writer = module.Logs.Open(_run);
        foreach (var number in numbers) writer.Write(Line(number));
    }

    private async Task<List<int>> ReadAsync(InfrastructureModule module) => await module.Logs.ReadAsync(_run, Token).Select(line => int.Parse(line.Message)).ToListAsync(Token);

    private async Task<InfrastructureModule> OpenAsync(DataFolder folder)
    {
        var settings = ProjectSettings.Usual with { Files = new FileSettings(FilesKind.S3, null, S3Server.Bucket, "tests/") { Endpoint = _server.Address, Account = S3Server.Key, Key = S3Server.Key } };
        var module = await InfrastructureModule.OpenAsync(folder.Path, settings, TimeProvider.System, Token);
        module.Warn = _warnings.Add;
        return module;
    }
}
