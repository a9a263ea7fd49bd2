using System.Diagnostics;
using System.Text;
using FlexCore.Infrastructure.Persistence;

namespace FlexCore.Infrastructure.Tests.Persistence;

/// <summary>Another process that raises two counters of a folder together, and says each time that it has, until it is killed.</summary>
internal static class FolderWriter
{
    public const string Command = "write-folder";

    /// <returns>What it had said last when it was killed.</returns>
    public static async Task<long> KillAfterAsync(string folder, int units)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(FolderWriter).Assembly.Location, Command, folder]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true })!;
        var said = 0L;
        for (var heard = 0; heard < units; heard++) said = long.Parse((await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!);
        process.Kill();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (long.TryParse(line, out var last)) said = last;
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said;
    }

    public static async Task WriteUntilKilledAsync(string folder)
    {
        // Ends with the test, should the test die before it kills.
        var end = Task.Run(Console.ReadLine);
        var store = new JsonFolderStore(folder, TimeProvider.System);
        while (!end.IsCompleted)
        {
            List<EntityChange> changes = [];
            var next = 0L;
            foreach (var id in new[] { "one", "two" })
            {
                var counter = await store.FindAsync("counter", id, CancellationToken.None);
                next = counter is null ? 1 : Count(counter) + 1;
                var entity = Entity.Create("counter", id, Encoding.UTF8.GetBytes($$"""{"count":{{next}}}"""));
                changes.Add(counter is null ? EntityChange.Create(entity) : EntityChange.Update(entity, counter.Version));
            }

            await store.CommitAsync(changes, CancellationToken.None);
            Console.WriteLine(next);
        }
    }

    public static long Count(Entity counter)
    {
        using var document = System.Text.Json.JsonDocument.Parse(counter.Document);
        return document.RootElement.GetProperty("count").GetInt64();
    }
}
