using System.Collections.Concurrent;
using FlexCore.Sandbox.Probing;

namespace FlexCore.Sandbox;

/// <summary>Runs programs in sandboxes of their own. Nothing of the machine is touched before its first use; all members may be used from any thread.</summary>
public sealed class SandboxHost : IAsyncDisposable
{
    private readonly Lazy<Task<SandboxMachine>> _machine;
    private readonly Lazy<Task<SandboxReport>> _report;
    private readonly ConcurrentDictionary<SandboxProcess, bool> _running = new();

    /// <summary>Creates a host.</summary>
    public SandboxHost(SandboxHostOptions options, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeProvider);
        _machine = new(() => SandboxMachine.InspectAsync(options, timeProvider));
        _report = new(async () => await SandboxProbe.RunAsync(await _machine.Value.ConfigureAwait(false)).ConfigureAwait(false));
    }

    /// <summary>Starts a real sandbox and looks at it from inside and outside. Done once; later calls return the same report.</summary>
    public async ValueTask<SandboxReport> ProbeAsync(CancellationToken ct = default) => await _report.Value.WaitAsync(ct).ConfigureAwait(false);

    /// <summary>Starts a program in a sandbox of its own.</summary>
    /// <exception cref="SandboxUnavailableException">The level <c>sandbox</c> cannot be had here; nothing was started.</exception>
    /// <exception cref="SandboxMountException">Something that is to be mounted cannot be.</exception>
    /// <exception cref="SandboxNetworkException">A destination that was granted cannot be given.</exception>
    /// <exception cref="ArgumentException">The specification asks for what no sandbox can have.</exception>
    public ValueTask<SandboxProcess> StartAsync(SandboxSpec spec, CancellationToken ct = default) => StartAsync(spec, held: false, ct);

    /// <summary>
    /// Sets a sandbox up and holds it before its program begins, which <see cref="SandboxProcess.Release"/> lets it do at once: for what will be needed soon and must be quick then. It waits for
    /// as long as it is held, and takes a little memory and one user id.
    /// </summary>
    /// <inheritdoc cref="StartAsync(SandboxSpec, CancellationToken)" path="/exception"/>
    public async ValueTask<SandboxProcess> HoldAsync(SandboxSpec spec, CancellationToken ct = default)
    {
        var process = await StartAsync(spec, held: true, ct).ConfigureAwait(false);
        await process.InitPid.ConfigureAwait(false);
        return process;
    }

    /// <summary>Kills every sandbox that still runs and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running.Keys)
        {
            await process.DisposeAsync().ConfigureAwait(false);
        }

        if (_machine.IsValueCreated)
        {
            (await _machine.Value.ConfigureAwait(false)).Dispose();
        }
    }

    private async ValueTask<SandboxProcess> StartAsync(SandboxSpec spec, bool held, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var report = await ProbeAsync(ct).ConfigureAwait(false);
        if (!report.Available)
        {
            var missing = report.Features.Where(f => f is { Required: true, Present: false }).ToList();
            throw new SandboxUnavailableException(
                $"Not available here: {string.Join("; ", missing.Select(f => $"{f.Name} ({f.Detail})"))}.",
                string.Join("\n", missing.Select(f => f.Remedy).Where(r => r is not null).Distinct()));
        }

        var machine = await _machine.Value.ConfigureAwait(false);
        ct.ThrowIfCancellationRequested();
        var process = await machine.StartAsync(spec, held, ct).ConfigureAwait(false);
        _running.TryAdd(process, true);
        _ = process.Completion.ContinueWith(_ => _running.TryRemove(process, out var _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return process;
    }
}
