using System.Diagnostics;

namespace FlexCore.EventStore.Tests;

/// <summary>Another process that appends until it is killed: batches of any size, with pauses of any length, several at once.</summary>
internal static class BusyWriterProcess
{
    internal const string Command = "write-busily";

    internal static Process Start(string address, string name, int largest)
    {
        string[] arguments = ["exec", typeof(BusyWriterProcess).Assembly.Location, Command, address, name, $"{largest}"];
        return Process.Start(new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false })!;
    }

    internal static async Task WriteAsync(string address, string name, int largest)
    {
        await using var store = await WriterProcess.OpenAsync(address);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(writer => Task.Run(async () =>
        {
            while (true)
            {
                var count = Random.Shared.Next(1, largest);
                await store.AppendAsync(Some.Append($"run-{name}-{writer}-{Random.Shared.Next(20)}", Some.Events(count)));
                if (Random.Shared.Next(4) == 0) await Task.Delay(Random.Shared.Next(5));
            }
        })));
    }
}
