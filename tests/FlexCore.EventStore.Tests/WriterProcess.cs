using System.Diagnostics;

namespace FlexCore.EventStore.Tests;

/// <summary>Another process that appends to a store and says the id of each event once it is acknowledged. The store is a file, or connection string and schema with a | between them.</summary>
internal static class WriterProcess
{
    internal const string Command = "write-events";

    internal static Process Start(string address, string name, int count)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])["exec", typeof(WriterProcess).Assembly.Location, Command, address, name, count.ToString()])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    internal static async Task WriteAsync(string address, string name, int count)
    {
        await using var store = await OpenAsync(address);
        for (var i = 0; i < count; i++)
        {
            var item = Some.Event();
            await RepeatAsync(() => store.AppendAsync(new StreamAppend($"run-{name}", ExpectedVersion.Exact(i), [item])));
            Console.WriteLine(item.Id);
        }
    }

    /// <summary>As a user would while the database is away: the same append, with the same id, until it is answered.</summary>
    private static async Task RepeatAsync(Func<ValueTask<AppendResult>> append)
    {
        while (true)
        {
            try
            {
                await append();
                return;
            }
            catch (EventStoreUnavailableException e) when (e.Code == EventStoreUnavailableException.CannotOpen)
            {
                // The store has waited before it gave up.
            }
        }
    }

    internal static async Task<IEventStore> OpenAsync(string address) => address.Split('|') is [var connection, var schema]
        ? await PostgresEventStore.OpenAsync(connection, TimeProvider.System, schema)
        : await SqliteEventStore.OpenAsync(address, TimeProvider.System);
}
