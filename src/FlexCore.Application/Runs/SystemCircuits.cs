using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Circuits;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>
/// Keeps the steps of this process from asking systems that keep failing. A system is a destination that a plugin was granted, or that a step inside the runtime uses. Each node goes by what it has seen itself: one that is cut off from
/// a system must not stop the others, and no attempt waits for an answer about that.
/// </summary>
/// <param name="rule">When a system is left alone, as of now.</param>
/// <param name="log">Where it is put on record.</param>
/// <param name="time">The clock.</param>
public sealed class SystemCircuits(Func<CircuitRule> rule, IEventLog log, TimeProvider time)
{
    // A timer may go off by so much too early, and the attempt that waited for it would be in vain.
    private static readonly TimeSpan Earliness = TimeSpan.FromMilliseconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Circuit> _circuits = new(StringComparer.Ordinal);
    private readonly long _began = time.GetTimestamp();

    private TimeSpan Now => time.GetElapsedTime(_began);

    /// <summary>Makes an attempt, if the systems that its step uses may be asked.</summary>
    /// <param name="request">The attempt.</param>
    /// <param name="attempt">Makes it.</param>
    /// <param name="observer">Told when a system is left alone, and when it is back.</param>
    public async Task<StepResult> GuardAsync(StepRequest request, Func<Task<StepResult>> attempt, IRunObserver observer)
    {
        var uses = request.IsDryRun ? request.Step.DryPlugins : request.Step.Plugins;
        List<string> systems = [.. SystemsOf(request.Step), .. uses.SelectMany(use => use.Grant.Net).Distinct(StringComparer.Ordinal)];
        if (rule().Failures == 0 || systems.Count == 0) return await attempt();
        if (Enter(systems) is { } refused) return refused;
        StepResult result;
        try
        {
            result = await attempt();
        }
        catch
        {
            Leave(systems);
            throw;
        }

        var (changed, pause) = Settle(systems, result.Failure, request.Step, uses);
        foreach (var change in changed) await TellAsync(change, request, observer);
        return result.Failure is { } failure ? result with { Failure = failure with { RetryAfter = pause } } : result;
    }

    /// <summary>Those that a step inside the runtime uses itself.</summary>
    private static IReadOnlyList<string> SystemsOf(Step step) => step is BuiltInStep builtIn ? builtIn.Systems : [];

    /// <summary>The systems of the step, or of the plugin that is the cause; of none where the failure says nothing about systems.</summary>
    private static List<string> Blame(StepFailure failure, Step step, IReadOnlyList<PluginUse> uses) =>
        failure.Outcome is PluginOutcome.ExitCode or PluginOutcome.Timeout or PluginOutcome.IdleTimeout
            ? [.. SystemsOf(step), .. uses.Where(use => failure.Plugin is null || failure.Plugin == use.Manifest.Name).SelectMany(use => use.Grant.Net).Distinct(StringComparer.Ordinal)]
            : [];

    private StepResult? Enter(List<string> systems)
    {
        lock (_gate)
        {
            foreach (var (index, system) in systems.Index())
            {
                if (!_circuits.TryGetValue(system, out var circuit)) _circuits[system] = circuit = new Circuit(rule);
                if (circuit.Enter(Now) is not { } pause) continue;
                foreach (var entered in systems.Take(index)) _circuits[entered].Leave();
                return Refuse(system, circuit, pause);
            }
        }

        return null;
    }

    /// <summary>It ends as the last attempt did that the system was asked for, so that <c>retry</c> of its step decides as it would have done then.</summary>
    private static StepResult Refuse(string system, Circuit circuit, TimeSpan pause) => new(
        StepTally.Nothing,
        new StepFailure(null, circuit.LastFailure, ErrorCodes.SystemLeftAlone.Id, Describe(system, circuit.Failures, pause)) { RetryAfter = pause + Earliness },
        Output: null);

    private void Leave(List<string> systems)
    {
        lock (_gate)
        {
            foreach (var system in systems) _circuits[system].Leave();
        }
    }

    /// <returns>The systems whose circuit has opened, or closed; and how long another attempt would be in vain.</returns>
    private (List<Changed> Changed, TimeSpan? Pause) Settle(List<string> systems, StepFailure? failure, Step step, IReadOnlyList<PluginUse> uses)
    {
        var changed = new List<Changed>();
        var blamed = failure is null ? [] : Blame(failure, step, uses);
        lock (_gate)
        {
            foreach (var system in systems)
            {
                var circuit = _circuits[system];
                if (failure is null)
                {
                    if (circuit.Succeed()) changed.Add(new Changed(system, IsOpen: false, 0));
                }
                else if (!blamed.Contains(system, StringComparer.Ordinal))
                {
                    circuit.Leave();
                }
                else if (circuit.Fail(failure.Outcome, Now))
                {
                    changed.Add(new Changed(system, IsOpen: true, circuit.Failures));
                }
            }

            return (changed, systems.Max(system => _circuits[system].Pause(Now)) + Earliness);
        }
    }

    private async Task TellAsync(Changed changed, StepRequest request, IRunObserver observer)
    {
        var (run, step, cooldown) = (request.RunId, request.Step.Id, rule().Cooldown);
        IDomainEvent @event = changed.IsOpen
            ? new CircuitOpened(changed.System, changed.Failures, (long)cooldown.TotalMilliseconds, run, step)
            : new CircuitClosed(changed.System, run, step);
        observer.Warning(changed.IsOpen
            ? Describe(changed.System, changed.Failures, cooldown)
            : $"{changed.System} is back");
        await log.AppendAsync(EventStreams.Circuit(changed.System), expectedVersion: null, [@event], request.Context, CancellationToken.None);
    }

    private static string Describe(string system, int failures, TimeSpan pause) => $"{system} is left alone for {pause.TotalSeconds:0.#} s: {failures} attempts in a row have failed that use it";

    private sealed record Changed(string System, bool IsOpen, int Failures);
}
