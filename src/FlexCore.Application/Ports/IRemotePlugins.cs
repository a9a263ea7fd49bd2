using System.Text.Json;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Ports;

/// <summary>
/// Task plugins of other services. Failures are <see cref="Domain.Errors.FlexCoreException"/>s of class 5: transient where the service cannot be reached, is busy or not well, so that the same may be asked
/// again; else it refuses what was asked, or answers with what is none of this. What they say was said by the service, and is cut and made printable.
/// </summary>
public interface IRemotePlugins
{
    /// <summary>Wants a run of a plugin by itself.</summary>
    /// <param name="at">Where.</param>
    /// <param name="plugin">The plugin.</param>
    /// <param name="input">What it gets: a JSON object, in which nothing is referred to.</param>
    /// <param name="args">Added to its command.</param>
    /// <param name="key">By which the service knows the same wish again: however often it is asked, there is one run.</param>
    /// <param name="cancellationToken">Gives it up; there may be a run all the same.</param>
    /// <returns>The run.</returns>
    Task<Guid> StartAsync(RemoteAccess at, string plugin, JsonElement input, IReadOnlyList<string> args, string key, CancellationToken cancellationToken);

    /// <summary>How a run is.</summary>
    Task<RemoteRun> ReadAsync(RemoteAccess at, Guid run, CancellationToken cancellationToken);

    /// <summary>What a run has said, oldest first: some of it where there is much.</summary>
    /// <param name="at">Where.</param>
    /// <param name="run">The run.</param>
    /// <param name="passed">How many lines to leave out.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<IReadOnlyList<string>> ReadLogAsync(RemoteAccess at, Guid run, int passed, CancellationToken cancellationToken);

    /// <summary>Asks for the end of a run; nothing comes of it where it has ended.</summary>
    Task CancelAsync(RemoteAccess at, Guid run, string reason, CancellationToken cancellationToken);
}

/// <summary>How a service is asked.</summary>
/// <param name="address">Where it is.</param>
/// <param name="token">The access token.</param>
/// <param name="traceParent">The trace that asks (W3C).</param>
public sealed class RemoteAccess(Uri address, string token, string traceParent)
{
    /// <summary>Where it is.</summary>
    public Uri Address => address;

    /// <summary>The access token.</summary>
    public string Token => token;

    /// <summary>The trace that asks.</summary>
    public string TraceParent => traceParent;
}

/// <summary>A run of a plugin at another service, as the service tells it.</summary>
/// <param name="Status">Where it is.</param>
/// <param name="Isolation">What keeps the plugin apart from that machine; known from its start on.</param>
/// <param name="Outcome">How the plugin ended; null while it has not, and where it never began.</param>
/// <param name="ExitCode">Its exit code, where it has ended by itself.</param>
/// <param name="CpuMs">CPU time in milliseconds.</param>
/// <param name="PeakMemoryBytes">The most memory that it held at once.</param>
/// <param name="Code">Why it failed: a code of the registry where there is one of that name.</param>
/// <param name="Message">Why it failed, for people.</param>
/// <param name="Output">What it has left: anything.</param>
public sealed record RemoteRun(
    RunStatus Status, IsolationLevel Isolation, PluginOutcome? Outcome, int? ExitCode, long CpuMs, long PeakMemoryBytes, string? Code, string? Message, JsonElement? Output)
{
    /// <summary>Whether nothing more happens to it.</summary>
    public bool IsEnded => Status is not (RunStatus.Queued or RunStatus.Running);
}
