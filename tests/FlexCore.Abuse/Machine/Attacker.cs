using System.IO.Pipes;
using System.Text;
using FlexCore.Sandbox;

namespace FlexCore.Abuse.Machine;

/// <summary>Runs probes in sandboxes of a runtime that has what a plugin must not get: a secret in its environment, a descriptor that children inherit.</summary>
public sealed class Attacker : IAsyncLifetime
{
    private readonly AnonymousPipeServerStream _inherited = new(PipeDirection.Out, HandleInheritability.Inheritable);

    /// <summary>What starts the sandboxes.</summary>
    public SandboxHost Host { get; } = Plugin.NewHost();

    /// <summary>Limits that no probe needs more than, if it is not to go beyond them.</summary>
    internal static SandboxLimits Limits { get; } = new() { MemoryBytes = 256 << 20, Processes = 32, OpenFiles = 64, TmpBytes = 8 << 20 };

    public ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable(Neighbour.SecretVariable, Neighbour.Secret);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _inherited.DisposeAsync();
        await Host.DisposeAsync();
    }

    internal async Task<Attempt> AttemptAsync(string probe, Func<Playground, SandboxLimits>? limits = null, Action<Playground>? prepare = null)
    {
        await using var playground = new Playground();
        prepare?.Invoke(playground);
        await using var process = await Host.StartAsync(Describe(playground, limits?.Invoke(playground) ?? Limits, probe), TestContext.Current.CancellationToken);

        // Known only now: the uid that the neighbour shares with the plugin.
        using var neighbour = await Neighbour.StartAsync(process.HostUid, playground.Outside);
        var attempt = await RunAsync(process, playground.Describe(neighbour.Target));
        (await neighbour.EndAsync()).ShouldBeTrue("the probe harmed a process of the host");
        return attempt;
    }

    /// <summary>A sandbox for probes.</summary>
    internal static SandboxSpec Describe(Playground playground, SandboxLimits limits, params string[] probes) => new()
    {
        Name = "probe",
        Command = ["python3", "-B", Path.Combine(playground.Granted, "probes"), .. probes],
        WorkingDirectory = playground.Granted,
        Mounts = [new(playground.Granted, playground.Granted, Writable: false), new(playground.Work, playground.Work, Writable: true)],
        HiddenPaths = [playground.Hidden],
        Limits = limits,
    };

    /// <summary>Tells probes what to attack, and waits for their end.</summary>
    internal static async Task<Attempt> RunAsync(SandboxProcess process, string target)
    {
        var (output, error) = (Plugin.ReadToEndAsync(process.Output), Plugin.ReadToEndAsync(process.Error));
        await process.Input.WriteAsync(Encoding.UTF8.GetBytes(target));
        process.Input.Complete();
        return new Attempt(await process.EndAsync(), await output, await error);
    }
}
