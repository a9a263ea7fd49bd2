using System.Diagnostics;
using FlexCore.Abuse.Probes;

namespace FlexCore.Abuse.Machine;

/// <summary>
/// Runs probes where no sandbox is: as an ordinary user, never as root, in namespaces that are thrown away, so that a probe which succeeds
/// does nothing to the machine and sends nothing beyond a loopback of its own.
/// </summary>
internal static class Control
{
    // Nobody's: above those that the runtime lends to sandboxes, and another one for each process that runs tests.
    private static readonly int Uid = 210_000 + (Environment.ProcessId % 1_000_000);

    /// <summary>Starts a Python program as that user, whose process it is: without a network, and with nothing else of its own, because it is known to change nothing.</summary>
    public static Process Start(string code)
    {
        string[] command = ["--net", "--", "/usr/bin/setpriv", $"--reuid={Uid}", $"--regid={Uid}", "--clear-groups", "--", "/usr/bin/python3", "-I", "-c", code];
        return Process.Start(new ProcessStartInfo("/usr/bin/unshare", command) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
    }

    public static async Task<ProbeResult> AttemptAsync(Probe probe)
    {
        string[] command =
        [
            "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc", "--",
            "/usr/bin/python3", "-B", Path.Combine(AppContext.BaseDirectory, "Machine", "control.py"), $"{Uid}", Probe.Folder, probe.Name,
            .. probe.Control.Kind == "namespace" ? (string[])["--namespace"] : [],
        ];
        var result = await Command.RunAsync("/usr/bin/unshare", command, "/", new Dictionary<string, string?>(StringComparer.Ordinal) { [Neighbour.SecretVariable] = Neighbour.Secret });
        return ProbeResult.Parse(result.Output, result.Error);
    }
}
