using System.Diagnostics;
using FlexCore.Infrastructure.Coordination;

namespace FlexCore.Infrastructure.Tests.Coordination;

/// <summary>Another process that takes a lock, says so, and holds it until it is killed.</summary>
internal static class LockHolder
{
    public const string Command = "hold-lock";

    public static async Task<Process> StartAsync(string folder, string pipeline, Guid run)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(LockHolder).Assembly.Location, Command, folder, pipeline, run.ToString()])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        var process = Process.Start(start)!;
        (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("held");
        return process;
    }

    public static void HoldUntilKilled(string folder, string pipeline, Guid run)
    {
        using var held = new FileRunLocks(folder).TryAcquire(pipeline)!;
        held.Claim(run);
        Console.WriteLine("held");

        // Ends with the test, should the test die before it kills.
        Console.ReadLine();
    }
}
