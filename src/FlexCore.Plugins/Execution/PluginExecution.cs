using System.Diagnostics;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Execution;

/// <summary>One started plugin process, until its end is on record.</summary>
internal sealed class PluginExecution : IAsyncDisposable
{
    private const double Mebibyte = 1024 * 1024;

    private readonly Guid _id;
    private readonly PluginExecutionStarted _started;
    private readonly IEventLog _log;
    private readonly EventContext _context;
    private readonly PluginLog _pluginLog;
    private readonly ConnectionRecord _connections;
    private readonly Task<long> _connectionsWritten;
    private readonly Task _errorPump;
    private readonly Activity? _span;
    private bool _isEnding;

    /// <param name="id">Names its event stream.</param>
    /// <param name="version">How many events that has.</param>
    /// <param name="started">How its start was put on record.</param>
    /// <param name="manifest">The plugin.</param>
    /// <param name="process">Its process.</param>
    /// <param name="pluginLog">Where its stderr goes.</param>
    /// <param name="connections">Puts its connections on record.</param>
    /// <param name="log">Where its end is put on record.</param>
    /// <param name="context">For that.</param>
    /// <param name="span">Of the process; null where nobody wants one.</param>
    public PluginExecution(
        Guid id, long version, PluginExecutionStarted started, PluginManifest manifest, SandboxProcess process, PluginLog pluginLog, ConnectionRecord connections, IEventLog log, EventContext context,
        Activity? span)
    {
        _id = id;
        _started = started;
        _log = log;
        _context = context;
        _span = span;
        _pluginLog = pluginLog;
        Manifest = manifest;
        Process = process;
        _connections = connections;
        _connectionsWritten = connections.WriteAsync(version);
        _errorPump = pluginLog.PumpAsync(process.Error, isError: true);
    }

    public PluginManifest Manifest { get; }

    public SandboxProcess Process { get; }

    public string Name => Manifest.Name;

    public PluginProgress Progress
    {
        get
        {
            var usage = Process.ReadUsage();
            return new PluginProgress(Name, usage.CpuTime, usage.MemoryBytes);
        }
    }

    /// <summary>Waits for the end of the process and of its stderr, and puts it on record. Its stdout has been read before.</summary>
    /// <param name="verdict">What the protocol says of it, once the process has ended; null when it was kept.</param>
    public async Task<PluginEnd> EndAsync(Func<SandboxExit, StepFailure?> verdict)
    {
        _isEnding = true;
        var exit = await Process.Completion;
        await _errorPump;

        // What was ended for a limit may have been cut off in the middle of anything.
        var failure = ((exit.Exceeded is null ? verdict(exit) : null) ?? Judge(exit)) is { } found ? found with { Message = _pluginLog.Mask.Apply(found.Message) } : null;
        var outcome = failure?.Outcome ?? (exit.Outcome == SandboxOutcome.Stopped ? PluginOutcome.Cancelled : PluginOutcome.Succeeded);
        var usage = new ExecutionUsage((long)exit.Duration.TotalMilliseconds, (long)exit.Usage.CpuTime.TotalMilliseconds, exit.Usage.PeakMemoryBytes,
            (long)exit.Usage.ThrottledTime.TotalMilliseconds, Process.Output.Total, Process.Error.Total);

        List<IDomainEvent> events = [.. _connections.Complete()];
        if (outcome == PluginOutcome.OutOfMemory) events.Add(new PluginLimitHit("memory", Manifest.Limits.MemoryBytes));
        if (exit.ProcessLimitHit && exit.Exceeded != SandboxLimit.Processes) events.Add(new PluginLimitHit("processes", Manifest.Limits.Processes));
        if (exit.Exceeded is { } exceeded) events.Add(DescribeLimit(exceeded));
        else if (outcome == PluginOutcome.Limit) events.Add(new PluginLimitHit("line", Manifest.Limits.LineBytes));
        events.Add(failure is null
            ? new PluginExecutionCompleted(exit.ExitCode, outcome, usage)
            : new PluginExecutionFailed(outcome, exit.ExitCode, exit.Signal, failure.Message, usage));
        await _log.AppendAsync(EventStreams.Execution(_id), await _connectionsWritten, events, _context, CancellationToken.None);

        PluginTelemetry.End(_span, outcome, exit.ExitCode, usage);
        var record = new PluginRecord(Name, _id, outcome, exit.ExitCode, usage.CpuMs, usage.PeakMemoryBytes, _started.Isolation, _started.GrantHash);
        return new PluginEnd(record, failure);
    }

    /// <summary>Kills the process if nobody has waited for its end, and puts that on record too.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_isEnding)
            {
                Process.Kill();
                await EndAsync(_ => null);
            }
        }
        finally
        {
            await Process.DisposeAsync();
        }
    }

    /// <summary>What the way a process ended says; null when it ended well or was stopped by us.</summary>
    private StepFailure? Judge(SandboxExit exit)
    {
        var lastLine = _pluginLog.LastLine;
        var said = lastLine.Length > 0 ? $"; its last line: {lastLine}" : "; it said nothing on stderr";
        return exit.Outcome switch
        {
            SandboxOutcome.Exited when exit.ExitCode == 0 => null,
            SandboxOutcome.Exited => Failure(PluginOutcome.ExitCode, ErrorCodes.PluginExitCode, $"ended with exit code {exit.ExitCode}{said}"),
            SandboxOutcome.Signaled => Failure(PluginOutcome.Signal, ErrorCodes.PluginSignal, $"was ended by signal {exit.Signal} (or ended with exit code {128 + exit.Signal}){said}"),
            SandboxOutcome.OutOfMemory => Failure(
                PluginOutcome.OutOfMemory, ErrorCodes.PluginOutOfMemory, $"needed more memory than its limit of {Manifest.Limits.MemoryBytes / Mebibyte:0.#} MiB"),
            SandboxOutcome.LimitExceeded => Judge(exit.Exceeded!.Value),
            SandboxOutcome.Stopped => null,
            _ => Failure(PluginOutcome.SandboxFailed, ErrorCodes.SandboxFailed, $"could not be started in its sandbox{said}"),
        };
    }

    private StepFailure Judge(SandboxLimit exceeded) => (exceeded, Manifest.Limits) switch
    {
        (SandboxLimit.Time, var limits) => Failure(PluginOutcome.Timeout, ErrorCodes.PluginTimeout, $"took longer than its limit of {limits.Time!.Value.TotalSeconds:0.###} s"),
        (SandboxLimit.Idle, var limits) => Failure(PluginOutcome.IdleTimeout, ErrorCodes.PluginIdle, $"did nothing for {limits.Idle!.Value.TotalSeconds:0.###} s, which is its limit"),
        (SandboxLimit.Output, var limits) => Failure(PluginOutcome.Limit, ErrorCodes.PluginLimit, $"wrote more on stdout than its limit of {limits.StdoutBytes / Mebibyte:0.#} MiB"),
        (SandboxLimit.Error, var limits) => Failure(PluginOutcome.Limit, ErrorCodes.PluginLimit, $"wrote more on stderr than its limit of {limits.StderrBytes / Mebibyte:0.#} MiB"),
        (SandboxLimit.Processes, var limits) => Failure(PluginOutcome.Limit, ErrorCodes.PluginLimit, $"had more processes and threads than its limit of {limits.Processes}"),
        (SandboxLimit.Tmp, var limits) => Failure(PluginOutcome.Limit, ErrorCodes.PluginLimit, $"filled its temporary folder and its home beyond their limit of {2 * limits.TmpBytes / Mebibyte:0.#} MiB"),
        (_, var limits) => Failure(PluginOutcome.Limit, ErrorCodes.PluginLimit, $"filled its work folder beyond its limit of {limits.DiskBytes / Mebibyte:0.#} MiB"),
    };

    private PluginLimitHit DescribeLimit(SandboxLimit exceeded) => (exceeded, Manifest.Limits) switch
    {
        (SandboxLimit.Time, var limits) => new PluginLimitHit("time", (long)limits.Time!.Value.TotalMilliseconds),
        (SandboxLimit.Idle, var limits) => new PluginLimitHit("idle", (long)limits.Idle!.Value.TotalMilliseconds),
        (SandboxLimit.Output, var limits) => new PluginLimitHit("stdout", limits.StdoutBytes!.Value),
        (SandboxLimit.Error, var limits) => new PluginLimitHit("stderr", limits.StderrBytes),
        (SandboxLimit.Processes, var limits) => new PluginLimitHit("processes", limits.Processes),
        (SandboxLimit.Tmp, var limits) => new PluginLimitHit("tmp", 2 * limits.TmpBytes),
        (_, var limits) => new PluginLimitHit("disk", limits.DiskBytes!.Value),
    };

    private StepFailure Failure(PluginOutcome outcome, ErrorCode code, string what) => new(Name, outcome, code.Id, $"{Name} {what}");
}

/// <summary>How a plugin process ended.</summary>
/// <param name="Record">For the run.</param>
/// <param name="Failure">What was wrong with it, if anything was.</param>
internal sealed record PluginEnd(PluginRecord Record, StepFailure? Failure);
