using FlexCore.Sandbox.Cgroups;
using FlexCore.Sandbox.Limits;

namespace FlexCore.Sandbox.Probing;

/// <summary>The self-test: not what versions promise, but what a real sandbox looks like from inside and outside.</summary>
internal static class SandboxProbe
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static async Task<SandboxReport> RunAsync(SandboxMachine machine, SandboxLevel level, bool breaksOut)
    {
        var limitsError = string.Empty;
        var observation = await ObserveAsync(machine, level, breaksOut).ConfigureAwait(false);
        if (observation.Error is not null && machine.Cgroups is not null)
        {
            // A group that can be made but not joined is no reason to do without a sandbox; only its limits get weaker.
            var cgroups = machine.Cgroups;
            machine.Cgroups = null;
            var second = await ObserveAsync(machine, level, breaksOut).ConfigureAwait(false);
            limitsError = second.Error is null ? $" (control groups failed: {observation.Error})" : string.Empty;
            machine.Cgroups = second.Error is null ? null : cgroups;
            observation = second;
        }

        List<SandboxFeature> features = [.. await SandboxFeatures.ListAsync(machine, level, observation).ConfigureAwait(false)];
        if (breaksOut) features.AddRange(SandboxFeatures.ListAttempts(level, observation));
        return new SandboxReport(
            level,
            Available: features.TrueForAll(f => f.Present || !f.Required),
            features,
            machine.Cgroups is null ? LimitsMode.Rlimit : LimitsMode.Cgroup,
            Describe(machine.Cgroups) + limitsError,
            machine.Cgroups is null ? Remedies.ForLimits() : null,
            machine.Architecture?.ToString() ?? "unsupported",
            Describe(machine));
    }

    private static string Describe(SandboxMachine machine) =>
        $"Linux {ProcFile.Read("/proc/sys/kernel/osrelease").Trim()} {machine.Architecture}, bubblewrap {machine.BubblewrapVersion}, uid {Libc.GetEffectiveUserId()}, sandbox {typeof(SandboxProbe).Module.ModuleVersionId:n}";

    private static string Describe(CgroupTree? cgroups) => cgroups is null
        ? "rlimits for each process, and all processes of a sandbox watched every 100 ms"
        : $"control groups version {cgroups.Layout.Version} in {cgroups.Layout.MemoryParent}";

    private static async Task<ProbeObservation> ObserveAsync(SandboxMachine machine, SandboxLevel level, bool breaksOut)
    {
        if (!machine.IsCompleteFor(level))
        {
            return new ProbeObservation { Error = "not tried: a program is missing" };
        }

        try
        {
            using var target = breaksOut ? new BreakOutTarget() : null;
            var spec = ProbeObservation.Describe(machine.Reserve(level), breaksOut);
            var process = await machine.StartAsync(target?.Tell(spec) ?? spec, held: null, CancellationToken.None).ConfigureAwait(false);
            await using (process.ConfigureAwait(false))
            {
                return await ObserveAsync(process).WaitAsync(Limit).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SandboxUnavailableException or TimeoutException or IOException or UnauthorizedAccessException)
        {
            return new ProbeObservation { Error = e.Message };
        }
    }

    private static async Task<ProbeObservation> ObserveAsync(SandboxProcess process)
    {
        var observation = new ProbeObservation();
        using var output = new StreamReader(process.Output);
        using var error = new StreamReader(process.Error);
        while (await output.ReadLineAsync().ConfigureAwait(false) is { } line && line != ProbeObservation.LastLine)
        {
            observation.Add(line);
        }

        // The program waits for the end of its input, so the host can look at it.
        observation.AddHostView(await process.InitPid.ConfigureAwait(false) is { } init ? ProcFile.Read($"/proc/{init}/status") : string.Empty);
        process.Input.Complete();
        var exit = await process.Completion.ConfigureAwait(false);
        return exit is { Outcome: SandboxOutcome.Exited, ExitCode: 0 }
            ? observation
            : observation with { Error = (await error.ReadToEndAsync().ConfigureAwait(false)).Trim() is { Length: > 0 } text ? text : $"ended with {exit.Outcome}" };
    }
}
