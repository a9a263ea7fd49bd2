using System.Diagnostics;
using System.Runtime.InteropServices;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Tests.Coordination;

/// <summary>Another process that takes a lock, says so, and holds it until it is killed. When it loses it, it says that, and tries to append something all the same.</summary>
internal sealed class LockHolder : IDisposable
{
    public const string Command = "hold-lock";

    private const int Stop = 19;
    private const int Continue = 18;

    private readonly Process _process;

    private LockHolder(Process process) => _process = process;

    public static async Task<LockHolder> StartAsync(Guid run, string[] address)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(LockHolder).Assembly.Location, Command, run.ToString(), .. address])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        var holder = new LockHolder(Process.Start(start)!);
        (await holder.HearAsync()).ShouldBe("held");
        return holder;
    }

    /// <summary>The next thing that it says.</summary>
    public async Task<string?> HearAsync() => await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void Sleep() => Signal(_process.Id, Stop).ShouldBe(0);

    public void Wake() => Signal(_process.Id, Continue).ShouldBe(0);

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    public static async Task HoldUntilKilledAsync(Guid run, string[] address)
    {
        await using var machine = await LockMachine.OpenAsync(address);
        await using var held = await machine.AcquireAsync();
        await held.ClaimAsync(run, CancellationToken.None);
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var losing = held.Lost.UnsafeRegister(_ => lost.SetResult(), null);
        Console.WriteLine("held");

        // Ends with the test, should the test die before it kills.
        var end = Task.Run(Console.ReadLine);
        if (await Task.WhenAny(lost.Task, end) == end) return;
        Console.WriteLine("lost");
        try
        {
            await machine.AppendAsync(held);
            Console.WriteLine("appended");
        }
        catch (FlexCoreException e)
        {
            Console.WriteLine(e.Error.Code.Name);
        }

        await end;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int process, int signal);
}
