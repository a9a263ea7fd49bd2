using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace FlexCore.Sandbox.Benchmarks;

/// <summary>Programs with a sandbox and without.</summary>
internal static class Programs
{
    private const int BufferSize = 1 << 20;

    public static async Task<double> TimeAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    public static async Task RunPlainAsync(string[] command)
    {
        using var process = StartPlain(command);
        process.StandardInput.Close();
        await DrainAsync(process.StandardOutput.BaseStream);
        await process.WaitForExitAsync();
    }

    public static async Task RunSandboxedAsync(SandboxHost host, string[] command)
    {
        await using var process = await host.StartAsync(Spec(command));
        process.Input.Complete();
        await DrainAsync(process.Output);
        await process.Completion;
    }

    /// <summary>Sets a sandbox up for a program that has not begun.</summary>
    public static async Task<SandboxProcess> HoldAsync(SandboxHost host, string[] command) => await host.HoldAsync(Spec(command));

    public static async Task RunHeldAsync(SandboxProcess process)
    {
        process.Release();
        process.Input.Complete();
        await DrainAsync(process.Output);
        await process.Completion;
    }

    /// <summary>Asks a plain program, and lets it live until it is disposed of.</summary>
    public static async Task<Func<Task>> AskPlainAsync(string[] command)
    {
        var process = StartPlain(command);
        await process.StandardInput.WriteLineAsync("hello");
        await process.StandardInput.FlushAsync();
        await ReadLineAsync(process.StandardOutput.BaseStream);
        return async () =>
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            process.Dispose();
        };
    }

    /// <summary>The same in a sandbox.</summary>
    public static async Task<Func<Task>> AskSandboxedAsync(SandboxHost host, string[] command)
    {
        var process = await host.StartAsync(Spec(command));
        await process.Input.WriteAsync("hello\n"u8.ToArray());
        await ReadLineAsync(process.Output);
        return async () =>
        {
            process.Input.Complete();
            await process.Completion;
            await process.DisposeAsync();
        };
    }

    /// <summary>Runs programs that compute, all at once.</summary>
    public static Task RunManyAsync(SandboxHost host, int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => RunSandboxedAsync(host, ["/usr/bin/python3", "-c", "print(sum(range(5_000_000)))"])));

    /// <summary>Starts one that takes all the CPU time it can get.</summary>
    public static async Task<SandboxProcess> StartHostileAsync(SandboxHost host)
    {
        var process = await host.StartAsync(Spec(["/usr/bin/python3", "-c", "import os\nfor _ in range(5): os.fork()\nprint('ready', flush=True)\nwhile True: pass"]));
        await ReadLineAsync(process.Output);
        return process;
    }

    /// <summary>Starts many at once and has each answer, then ends them.</summary>
    /// <returns>Milliseconds from the first start to the last end, and MiB of the machine that were taken while all lived.</returns>
    public static async Task<(double Milliseconds, double Mebibytes)> AnswerAtOnceAsync(int count, Func<Task<Func<Task>>> ask)
    {
        var before = AvailableKibibytes();
        var taken = 0L;
        var time = await TimeAsync(async () =>
        {
            var ends = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(ask)));
            taken = before - AvailableKibibytes();
            await Task.WhenAll(ends.Select(end => end()));
        });
        return (time, taken / 1024.0);
    }

    public static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    public static string Describe(List<double> values) => string.Create(CultureInfo.InvariantCulture, $"{Median(values):0.0} ms ({values.Min():0.0} to {values.Max():0.0})");

    private static Process StartPlain(string[] command) => Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;

    private static SandboxSpec Spec(string[] command) => new() { Name = "bench", Command = command, WorkingDirectory = "/home/plugin" };

    private static async Task DrainAsync(Stream stream)
    {
        var buffer = new byte[BufferSize];
        while (await stream.ReadAsync(buffer) > 0)
        {
            // Nobody needs it.
        }
    }

    private static async Task ReadLineAsync(Stream stream)
    {
        var buffer = new byte[64];
        var line = new StringBuilder();
        while (!line.ToString().Contains('\n', StringComparison.Ordinal)) line.Append(Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer)));
    }

    private static long AvailableKibibytes() =>
        long.Parse(File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
