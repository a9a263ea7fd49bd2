using System.Diagnostics;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore.Tests;

/// <summary>Another process that works for a subscription, says the position of each event, and never gets beyond the first batch.</summary>
internal static class SubscriberProcess
{
    internal const string Command = "subscribe";

    internal static Process Start(string address, string name)
    {
        string[] arguments = ["exec", typeof(SubscriberProcess).Assembly.Location, Command, address, name];
        return Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
    }

    internal static async Task WorkAsync(string address, string name)
    {
        await using var store = await WriterProcess.OpenAsync(address);
        await using var subscription = store.Subscribe(new SubscriptionOptions(name) { BatchSize = 5 }, async (recorded, _, token) =>
        {
            Console.WriteLine(recorded.Position);
            if (recorded.Position == 5) await Task.Delay(Timeout.Infinite, token);
        });
        subscription.Start();
        await Task.Delay(Timeout.Infinite);
    }
}
