namespace FlexCore.Sandbox.Tests;

/// <summary>What programs cost that do nothing for the time being.</summary>
public sealed class IdleSandboxTests
{
    [Fact]
    public async Task Idle_programs_cost_no_threads()
    {
        var count = Environment.GetEnvironmentVariable("FLEXCORE_LONG") is null ? 50 : 1000;
        await using var host = Plugin.NewHost();
        var processes = new List<SandboxProcess>();
        try
        {
            await using var first = await host.StartAsync(Plugin.Shell("cat"), TestContext.Current.CancellationToken);
            var before = Threads();
            for (var i = 0; i < count; i++) processes.Add(await host.StartAsync(Plugin.Shell("echo ready; cat; echo bye"), TestContext.Current.CancellationToken));
            foreach (var process in processes) (await Plugin.ReadLineAsync(process.Output)).ShouldBe("ready");

            // Each is read from on both pipes, as the runtime does, and has its end awaited.
            var ends = processes.Select(process => Plugin.ReadToEndAsync(process.Output)).Concat(processes.Select(process => Plugin.ReadToEndAsync(process.Error))).ToList();
            await Plugin.EventuallyAsync(() => Threads() - before < 20, $"{count} idle programs have {Threads() - before} threads of ours");

            foreach (var process in processes) process.Input.Complete();
            (await Task.WhenAll(ends)).Take(count).ShouldAllBe(text => text == "bye\n");
            foreach (var process in processes) (await process.EndAsync()).ExitCode.ShouldBe(0);
        }
        finally
        {
            foreach (var process in processes) await process.DisposeAsync();
        }
    }

    private static int Threads() => Directory.GetDirectories("/proc/self/task").Length;
}
