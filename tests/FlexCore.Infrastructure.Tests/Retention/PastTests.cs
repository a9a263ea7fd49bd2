using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Runs;

namespace FlexCore.Infrastructure.Tests.Retention;

public sealed class PastTests : IDisposable
{
    private static readonly DateTimeOffset Then = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Later = Then.AddDays(100);

    private readonly DataFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Old_logs_are_deleted()
    {
        await using var module = await OpenAsync(Then);
        var (old, young) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var run in (Guid[])[old, young])
        {
            await using var writer = module.Logs.Open(run);
            writer.Write(new LogLine(Then, "load", "tap", LogLineLevel.Info, "hello"));
        }

        File.SetLastWriteTimeUtc(Path.Combine(_folder.Path, "logs", $"{old}.jsonl"), Then.UtcDateTime);

        (await module.Past.DeleteLogsAsync(Then.AddDays(1), Token)).ShouldBe(1);

        (await module.Logs.ReadAsync(old, Token).ToListAsync(Token)).ShouldBeEmpty();
        (await module.Logs.ReadAsync(young, Token).ToListAsync(Token)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Old_events_leave_for_the_archive_when_there_are_enough_of_them_and_are_read_as_before()
    {
        var run = Guid.CreateVersion7(Then);
        await using (var module = await OpenAsync(Then))
        {
            await RunAsync(module, run, new PipelineCompleted(5));
            (await module.Past.ArchiveEventsAsync(Then.AddDays(1), Token)).ShouldBe(0);
            for (var i = 0; i < 10; i++)
                await module.Log.AppendAsync("secret-many", null, [.. Enumerable.Repeat(new Domain.Secrets.SecretSet("many"), 1000)], EventContext.New(run), Token);
        }

        await using var later = await OpenAsync(Later);
        (await later.Past.ArchiveEventsAsync(Later.AddDays(-90), Token)).ShouldBeGreaterThan(10_000);

        (await later.Log.ReadAsync($"run-{run}", Token)).Count.ShouldBe(2);
        (await later.Past.ArchiveEventsAsync(Later.AddDays(-90), Token)).ShouldBe(0);
    }

    private Task<InfrastructureModule> OpenAsync(DateTimeOffset now) => InfrastructureModule.OpenAsync(_folder.Path, ProjectSettings.Usual, new FixedClock(now), Token);

    private static async Task RunAsync(InfrastructureModule module, Guid run, params Domain.IDomainEvent[] end) => await module.Log.AppendAsync(
        $"run-{run}", 0, [new PipelineStarted(run, "orders", 1, "hash", [], FullRefresh: false, Resumes: null), .. end], EventContext.New(run), Token);

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
