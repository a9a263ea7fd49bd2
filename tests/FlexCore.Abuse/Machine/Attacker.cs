using System.IO.Pipes;
using FlexCore.Abuse.Probes;
using FlexCore.Sandbox;

namespace FlexCore.Abuse.Machine;

/// <summary>Runs probes in sandboxes of a runtime that has what a plugin must not get: a secret in its environment, a descriptor that children inherit.</summary>
public sealed class Attacker : IAsyncLifetime
{
    private readonly SandboxHost _host = Plugin.NewHost();
    private readonly AnonymousPipeServerStream _inherited = new(PipeDirection.Out, HandleInheritability.Inheritable);

    public ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable(Neighbour.SecretVariable, $"secret-{Guid.NewGuid():n}");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable(Neighbour.SecretVariable, null);
        await _inherited.DisposeAsync();
        await _host.DisposeAsync();
    }

    internal async Task<ProbeResult> AttemptAsync(string probe)
    {
        using var playground = new Playground();
        await using var process = await _host.StartAsync(
            new SandboxSpec
            {
                Name = probe,
                Command = ["python3", "-B", Path.Combine(playground.Granted, "probes"), probe],
                WorkingDirectory = playground.Granted,
                Mounts = [new(playground.Granted, playground.Granted, Writable: false), new(playground.Work, playground.Work, Writable: true)],
                HiddenPaths = [playground.Hidden],
                Limits = new SandboxLimits { MemoryBytes = 256 << 20, Processes = 32, OpenFiles = 64, TmpBytes = 8 << 20 },
            },
            TestContext.Current.CancellationToken);

        // Known only now: the uid that the neighbour shares with the plugin.
        var (neighbour, target) = await Neighbour.StartAsync(process.HostUid, playground.Outside);
        using (neighbour)
        {
            (target["granted"], target["work"], target["hidden"]) = (playground.Granted, playground.Work, playground.Hidden);
            await process.Input.WriteAsync(System.Text.Encoding.UTF8.GetBytes(target.ToJsonString()));
            process.Input.Complete();
            var (output, error) = (Plugin.ReadToEndAsync(process.Output), Plugin.ReadToEndAsync(process.Error));
            await process.EndAsync();
            (await neighbour.EndAsync()).ShouldBeTrue("the probe harmed a process of the host");
            return ProbeResult.Parse(await output, await error);
        }
    }
}
