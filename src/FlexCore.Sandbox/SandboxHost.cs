using System.Collections.Concurrent;
using FlexCore.Sandbox.Probing;

namespace FlexCore.Sandbox;

/// <summary>Runs programs in sandboxes of their own. Nothing of the machine is touched before its first use; all members may be used from any thread.</summary>
public sealed class SandboxHost : IAsyncDisposable
{
    private readonly Lazy<Task<SandboxMachine>> _machine;
    private readonly ConcurrentDictionary<(SandboxLevel Level, bool BreaksOut), Lazy<Task<SandboxReport>>> _reports = new();
    private readonly SemaphoreSlim _probing = new(1);
    private readonly ConcurrentDictionary<SandboxProcess, bool> _running = new();

    /// <summary>Creates a host.</summary>
    public SandboxHost(SandboxHostOptions options, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeProvider);
        _machine = new(() => SandboxMachine.InspectAsync(options, timeProvider));
    }

    /// <summary>Starts a real sandbox and looks at it from inside and outside. Done once; later calls return the same report.</summary>
    public ValueTask<SandboxReport> ProbeAsync(CancellationToken ct = default) => ProbeAsync(SandboxLevel.Sandbox, ct);

    /// <summary>Does so with a program at this level. Done once for each.</summary>
    public ValueTask<SandboxReport> ProbeAsync(SandboxLevel level, CancellationToken ct = default) => ReportAsync(level, breaksOut: false, ct);

    /// <summary>
    /// Does so, and has the program try to break out in more than a dozen ways: where one succeeds, or cannot be tried, the level cannot be had. It takes
    /// some 100 ms, and what it found stands as long as <see cref="SandboxReport.Host"/> is the same. Done once for each.
    /// </summary>
    public ValueTask<SandboxReport> TestAsync(SandboxLevel level, CancellationToken ct = default) => ReportAsync(level, breaksOut: true, ct);

    /// <summary>Finds a place at exactly this level for one program, whose specification may then name what lies there.</summary>
    /// <exception cref="SandboxUnavailableException">The level cannot be had here.</exception>
    public async ValueTask<SandboxPlace> ReserveAsync(SandboxLevel level, CancellationToken ct = default)
    {
        await RequireAsync(level, ct).ConfigureAwait(false);
        return (await _machine.Value.ConfigureAwait(false)).Reserve(level);
    }

    /// <summary>Starts a program in a sandbox of its own.</summary>
    /// <exception cref="SandboxUnavailableException">The level of its place cannot be had here; nothing was started.</exception>
    /// <exception cref="SandboxMountException">Something that is to be mounted cannot be.</exception>
    /// <exception cref="SandboxNetworkException">A destination that was granted cannot be given.</exception>
    /// <exception cref="ArgumentException">The specification asks for what no sandbox can have.</exception>
    public ValueTask<SandboxProcess> StartAsync(SandboxSpec spec, CancellationToken ct = default) => StartAsync(spec, held: null, ct);

    /// <summary>
    /// Sets a sandbox up and holds it before its program begins, which <see cref="SandboxProcess.Release"/> lets it do at once: for what will be needed soon and must be quick then. It waits for
    /// as long as it is held, and takes a little memory and one user id. See <see cref="SandboxProcess.IsHeldFor"/> before it is let go.
    /// </summary>
    /// <inheritdoc cref="StartAsync(SandboxSpec, CancellationToken)" path="/exception"/>
    public async ValueTask<SandboxProcess> HoldAsync(SandboxSpec spec, CancellationToken ct = default)
    {
        var process = await StartAsync(spec, HeldSpec.Of(spec), ct).ConfigureAwait(false);
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

        _probing.Dispose();
    }

    private async ValueTask<SandboxReport> ReportAsync(SandboxLevel level, bool breaksOut, CancellationToken ct) =>
        await _reports.GetOrAdd((level, breaksOut), key => new(() => ReportOnceAsync(key.Level, key.BreaksOut))).Value.WaitAsync(ct).ConfigureAwait(false);

    private async Task<SandboxReport> ReportOnceAsync(SandboxLevel level, bool breaksOut)
    {
        // One at a time: the first finds out whether control groups can be joined.
        await _probing.WaitAsync().ConfigureAwait(false);
        try
        {
            return await SandboxProbe.RunAsync(await _machine.Value.ConfigureAwait(false), level, breaksOut).ConfigureAwait(false);
        }
        finally
        {
            _probing.Release();
        }
    }

    private async Task RequireAsync(SandboxLevel level, CancellationToken ct)
    {
        // What was tested is no longer believed for its looks.
        var report = await ReportAsync(level, breaksOut: _reports.ContainsKey((level, true)), ct).ConfigureAwait(false);
        if (report.Available) return;
        var missing = report.Features.Where(f => f is { Required: true, Present: false }).ToList();
        throw new SandboxUnavailableException(
            $"Not available here: {string.Join("; ", missing.Select(f => $"{f.Name} ({f.Detail})"))}.",
            string.Join("\n", missing.Select(f => f.Remedy).Where(r => r is not null).Distinct()));
    }

    private async ValueTask<SandboxProcess> StartAsync(SandboxSpec spec, HeldSpec? held, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(spec);
        await RequireAsync(spec.Place.Level, ct).ConfigureAwait(false);
        var machine = await _machine.Value.ConfigureAwait(false);
        ct.ThrowIfCancellationRequested();
        var process = await machine.StartAsync(spec, held, ct).ConfigureAwait(false);
        _running.TryAdd(process, true);
        _ = process.Completion.ContinueWith(_ => _running.TryRemove(process, out var _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return process;
    }
}
