using System.Diagnostics;
using System.Text.Json.Nodes;

namespace FlexCore.Abuse.Machine;

/// <summary>A process of the host that probes are aimed at. It has the uid of the attacker, so that no permission protects it.</summary>
internal sealed class Neighbour : IDisposable
{
    /// <summary>The variable by which the neighbour, and this process, hold the secret in their environment.</summary>
    public const string SecretVariable = "FLEXCORE_ABUSE_SECRET";

    /// <summary>What is to stay one.</summary>
    public static readonly string Secret = $"secret-{Guid.NewGuid():n}";

    private readonly Process _process;

    private Neighbour(Process process) => _process = process;

    /// <summary>Its program.</summary>
    public static string Script { get; } = Path.Combine(AppContext.BaseDirectory, "Machine", "neighbour.py");

    /// <summary>Where it keeps what, for probes to find.</summary>
    public JsonObject Target { get; private set; } = [];

    /// <summary>Starts one.</summary>
    /// <param name="uid">Null: that of the tests.</param>
    /// <param name="folder">A folder for its files, which becomes its own.</param>
    public static async Task<Neighbour> StartAsync(int? uid, string folder)
    {
        var script = Path.Combine(folder, "neighbour.py");
        File.Copy(Script, script);
        string[] command = ["/usr/bin/python3", "-B", script, folder];
        if (uid is not null)
        {
            (await Command.RunAsync("/bin/chown", ["-R", $"{uid}:{uid}", folder], "/")).ShouldExitWith(0);
            command = ["/usr/bin/setpriv", $"--reuid={uid}", $"--regid={uid}", "--clear-groups", "--", .. command];
        }

        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment[SecretVariable] = Secret;
        var neighbour = new Neighbour(Process.Start(start)!);
        neighbour.Target = await neighbour.ReadAsync();
        return neighbour;
    }

    /// <summary>Ends it, and returns whether it was left unharmed: its files, its priority, its child.</summary>
    public async Task<bool> EndAsync()
    {
        _process.StandardInput.Close();
        return (await ReadAsync())["unharmed"]!.GetValue<bool>();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.StandardInput.Close(); // It then tidies up what it has of the machine.
        _process.Dispose();
    }

    private async Task<JsonObject> ReadAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Plugin.Patience);
        return JsonNode.Parse(line.ShouldNotBeNull("the neighbour is gone"))!.AsObject();
    }
}
