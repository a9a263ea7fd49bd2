using System.Diagnostics;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Secrets;
using FlexCore.Plugins.Execution;

namespace FlexCore.Plugins.Tasks;

/// <summary>One execution of a plugin at another service, until its end is on record here.</summary>
internal sealed class RemoteExecution
{
    private readonly Guid _id;
    private readonly long _version;
    private readonly PluginExecutionStarted _started;
    private readonly IEventLog _log;
    private readonly EventContext _context;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly Activity? _span;

    private RemoteExecution(Guid id, long version, PluginExecutionStarted started, IEventLog log, EventContext context, TimeProvider time, Activity? span)
    {
        (_id, _version, _started, _log, _context, _time, _span) = (id, version, started, log, context, time, span);
        _began = time.GetTimestamp();
    }

    /// <summary>Puts on record that it begins, before anything is sent.</summary>
    public static async Task<RemoteExecution> BeginAsync(PluginUse use, RemotePlugin remote, StepRequest request, IEventLog log, TimeProvider time)
    {
        var (id, manifest) = (Guid.CreateVersion7(time.GetUtcNow()), use.Manifest);
        var started = new PluginExecutionStarted(
            manifest.Name, manifest.Version, manifest.Digest, request.RunId, request.Step.Id, request.Attempt, RemotePlugin.Elsewhere, RemotePlugin.Elsewhere, HostUid: null, use.Grant, manifest.Limits,
            GrantHash.Compute(use.Grant, manifest.Limits, RemotePlugin.Elsewhere));
        var span = PluginTelemetry.Begin(manifest, request.Context);
        var version = await log.AppendAsync(EventStreams.Execution(id), 0, [started, new SecretMounted(remote.Token, remote.Address.ToString())], request.Context, CancellationToken.None);
        return new RemoteExecution(id, version, started, log, request.Context, time, span);
    }

    /// <summary>Puts its end on record.</summary>
    /// <param name="run">As the service told of it last; null where it never did.</param>
    /// <param name="failure">Why it failed, where it has.</param>
    public async Task<StepTally> EndAsync(RemoteRun? run, StepFailure? failure)
    {
        var outcome = failure?.Outcome ?? PluginOutcome.Succeeded;
        var usage = new ExecutionUsage((long)_time.GetElapsedTime(_began).TotalMilliseconds, run?.CpuMs ?? 0, run?.PeakMemoryBytes ?? 0);
        IDomainEvent ended = outcome is PluginOutcome.Succeeded or PluginOutcome.Cancelled
            ? new PluginExecutionCompleted(run?.ExitCode, outcome, usage)
            : new PluginExecutionFailed(outcome, run?.ExitCode, Signal: null, failure!.Message, usage);
        await _log.AppendAsync(EventStreams.Execution(_id), _version, [ended], _context, CancellationToken.None);
        PluginTelemetry.End(_span, outcome, run?.ExitCode, usage);
        var isolation = run is null or { Status: RunStatus.Queued } ? RemotePlugin.Elsewhere : Isolation.NameOf(run.Isolation);
        return StepTally.Nothing with { Plugins = [new PluginRecord(_started.Plugin, _id, outcome, run?.ExitCode, usage.CpuMs, usage.PeakMemoryBytes, isolation, _started.GrantHash)] };
    }
}
