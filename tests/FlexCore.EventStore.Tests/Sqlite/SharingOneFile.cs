using System.Globalization;

namespace FlexCore.EventStore.Tests.Sqlite;

public sealed class SharingOneFile : StoreFolder
{
    [Fact]
    public async Task Processes_that_open_a_new_file_together_all_get_to_write()
    {
        var writers = Enumerable.Range(0, 3).Select(i => WriterProcess.Start(StorePath, i.ToString(CultureInfo.InvariantCulture), 50)).ToList();
        foreach (var writer in writers)
        {
            await writer.StandardOutput.ReadToEndAsync(Token);
            await writer.WaitForExitAsync(Token);
            writer.ExitCode.ShouldBe(0);
            writer.Dispose();
        }

        var log = await LogOf(await OpenAsync());
        log.Count.ShouldBe(150);
        ShouldBeSound(log);
    }

    [Fact]
    public async Task Tasks_that_open_a_new_file_together_all_get_a_store()
    {
        for (var round = 0; round < 20; round++)
        {
            var path = Path.Combine(Folder, $"round{round}.db");
            await Parallel.ForAsync(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (i, token) =>
            {
                await using var store = await SqliteEventStore.OpenAsync(path, TimeProvider.System, cancellationToken: token);
                await store.AppendAsync(Some.Append("run-1", Some.Events(1)), token);
            });

            await using var opened = await SqliteEventStore.OpenAsync(path, TimeProvider.System, cancellationToken: Token);
            (await LogOf(opened)).Count.ShouldBe(8);
        }
    }
}
