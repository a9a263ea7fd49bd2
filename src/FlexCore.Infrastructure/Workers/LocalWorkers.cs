using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Workers;

/// <summary>
/// Workers that are processes of this machine. Which there are the system knows: each bears its name, and the data directory that it is of, in its environment. So those of a server that was killed are found by the next
/// one.
/// </summary>
/// <param name="command">What starts a node, without its name, slots and labels.</param>
/// <param name="project">The folder that it is started in.</param>
/// <param name="data">The data directory.</param>
/// <param name="patience">How long one may take to end.</param>
/// <param name="time">The clock.</param>
internal sealed partial class LocalWorkers(IReadOnlyList<string> command, string project, string data, TimeSpan patience, TimeProvider time) : IWorkerProvider
{
    private const string Variable = "FLEXCORE_WORKER";
    private const int Terminate = 15;
    private const int Kill = 9;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    // Whoever starts a process is told by the system when it ends, and has to listen.
    private readonly ConcurrentDictionary<int, Process> _started = new();

    public ValueTask<string> ProvisionAsync(WorkerOrder order, CancellationToken cancellationToken)
    {
        if (Find().FirstOrDefault(there => there.Worker == order.Worker) is { } found) return new(Name(found.Pid));
        var log = Path.Combine(data, "workers", $"{order.Worker}.log");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(log)!);

            // In a session of its own, so that what a terminal tells the server is not told to it behind the server's back.
            var start = new ProcessStartInfo("/usr/bin/setsid") { WorkingDirectory = project, UseShellExecute = false };
            foreach (var word in (string[])["sh", "-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", log, .. command, "--name", order.Worker, "--slots", $"{order.Slots}", .. order.Labels.SelectMany(label => (string[])["--label", label])]) start.ArgumentList.Add(word);
            start.Environment[Variable] = Mark(order.Worker);
            var process = Process.Start(start)!;
            _started[process.Id] = process;
            return new(Name(process.Id));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            throw new FlexCoreException(new Error(ErrorCodes.WorkerProviderFailed, $"{order.Worker} cannot be started, with its log in {log}: {e.Message}"), e);
        }
    }

    public ValueTask<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) => new([.. Find().Select(there => there.Worker).Distinct(StringComparer.Ordinal)]);

    public ValueTask ReleaseAsync(string worker, CancellationToken cancellationToken) => EndAsync(there => there.Worker == worker, new StopSignal(CancellationToken.None, cancellationToken));

    public ValueTask CloseAsync(StopSignal stop) => EndAsync(_ => true, stop);

    /// <summary>Asks them to end; those that do not are ended.</summary>
    private async ValueTask EndAsync(Predicate<LocalWorker> which, StopSignal stop)
    {
        var ending = Find().Where(there => which(there)).ToList();
        foreach (var there in ending) Signal(there.Pid, Terminate);
        var began = time.GetTimestamp();
        while (ending.Exists(there => IsThere(there)))
        {
            if (stop.AtOnce.IsCancellationRequested || time.GetElapsedTime(began) > patience)
            {
                foreach (var there in ending.Where(IsThere)) Signal(there.Pid, Kill);
            }

            await Task.Delay(BetweenLooks, time, CancellationToken.None);
        }

        foreach (var there in ending)
        {
            if (_started.TryRemove(there.Pid, out var process)) process.Dispose();
        }
    }

    private bool IsThere(LocalWorker worker) => WorkerOf(worker.Pid) == worker.Worker;

    private List<LocalWorker> Find() =>
        [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!, System.Globalization.CultureInfo.InvariantCulture)).Select(pid => (pid, Worker: WorkerOf(pid))).Where(found => found.Worker is not null).Select(found => new LocalWorker(found.pid, found.Worker!))];

    /// <summary>Which worker a process is; null where it is none of this data directory, has ended, or is another user's.</summary>
    private string? WorkerOf(int pid)
    {
        try
        {
            var end = $"@{data}";
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/environ")).Split('\0').FirstOrDefault(variable => variable.StartsWith(Variable + "=", StringComparison.Ordinal) && variable.EndsWith(end, StringComparison.Ordinal)) is { } mark
                ? mark[(Variable.Length + 1)..^end.Length]
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string Mark(string worker) => $"{worker}@{data}";

    private static string Name(int pid) => $"process {pid}";

    // What has ended meanwhile needs no signal.
    private static void Signal(int pid, int signal) => _ = SendSignal(pid, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);

    private sealed record LocalWorker(int Pid, string Worker);
}
