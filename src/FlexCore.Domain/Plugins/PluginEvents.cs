using System.Text.Json.Serialization;

namespace FlexCore.Domain.Plugins;

/// <summary>A plugin was added to a data directory.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="Version">From its manifest.</param>
/// <param name="Kind">tap, target or task.</param>
/// <param name="Digest">SHA-256 over its files, with all that its install has made.</param>
/// <param name="Folder">Where the registered copy is found.</param>
/// <param name="Asks">What its manifest asks for, as it is written there; null in events from before it was recorded.</param>
/// <param name="Install">How it was installed; null where there was nothing to install.</param>
[EventType("PluginRegistered")]
public sealed record PluginRegistered(
    string Name, string Version, string Kind, string Digest, string Folder, Grant? Asks = null,
    InstallRecord? Install = null) : IDomainEvent;

/// <summary>
/// An operator's grant took effect: for a plugin at one place of a pipeline, written when it differs from the last one there; or standing, for a
/// registered plugin wherever it is used.
/// </summary>
/// <param name="Pipeline">Where it holds; null for a standing grant.</param>
/// <param name="Step">The step; null likewise.</param>
/// <param name="Grant">What the plugin gets there; of a standing grant what was added, as the manifest writes it or definite.</param>
/// <param name="Source"><c>pipeline</c> for the file, <c>standing</c> where standing grants were needed, <c>command-line</c> for one run.</param>
[EventType("PluginCapabilityGranted")]
public sealed record PluginCapabilityGranted(string? Pipeline, string? Step, Grant Grant, string Source) : IDomainEvent
{
    /// <summary>The <see cref="Source"/> of standing grants, and of what a plugin gets because of them.</summary>
    public const string Standing = "standing";


    /// <summary>Whether both are about one plugin's place in one pipeline.</summary>
    public bool IsForSamePlace(PluginCapabilityGranted other) => Pipeline == other.Pipeline && Step == other.Step;

    /// <summary>Whether nothing would change.</summary>
    public bool SaysTheSameAs(PluginCapabilityGranted other) => Source == other.Source && Grant.SaysTheSameAs(other.Grant);
}

/// <summary>An operator took standing grants back.</summary>
/// <param name="Grant">What is granted no more.</param>
[EventType("PluginCapabilityRevoked")]
public sealed record PluginCapabilityRevoked(Grant Grant) : IDomainEvent;

/// <summary>An operator lets no run begin with a plugin, wherever it is found.</summary>
/// <param name="Reason">For those who wonder later; null where nobody said.</param>
[EventType("PluginDisabled")]
public sealed record PluginDisabled(string? Reason) : IDomainEvent;

/// <summary>An operator lets runs begin with a plugin again.</summary>
[EventType("PluginEnabled")]
public sealed record PluginEnabled : IDomainEvent;

/// <summary>An operator took a registered plugin out of use: its registration and its standing grants have ended, and its copies are not run any more.</summary>
/// <param name="Version">The version that was registered.</param>
[EventType("PluginRemoved")]
public sealed record PluginRemoved(string Version) : IDomainEvent;

/// <summary>
/// A plugin was not started: less isolation than asked is to be had here, its files are not those that were registered, it asks for what nobody has granted, or somebody has disabled or
/// removed it.
/// </summary>
/// <param name="Plugin">The plugin.</param>
/// <param name="Pipeline">The pipeline that wanted it.</param>
/// <param name="Missing">Names of the features that are missing, or <c>registered files</c>, <c>enabled</c> or <c>registration</c>, or capabilities such as <c>read /data/in.csv</c>.</param>
[EventType("PluginRefused")]
public sealed record PluginRefused(string Plugin, string Pipeline, IReadOnlyList<string> Missing) : IDomainEvent;

/// <summary>A plugin process was started.</summary>
/// <param name="Plugin">The plugin.</param>
/// <param name="Version">From its manifest.</param>
/// <param name="Digest">SHA-256 over its files.</param>
/// <param name="RunId">The run it works for.</param>
/// <param name="Step">The step.</param>
/// <param name="Attempt">Counted from 1.</param>
/// <param name="Isolation"><c>sandbox</c>, <c>process</c> or <c>none</c>.</param>
/// <param name="Limits"><c>cgroup</c> or <c>rlimit</c>.</param>
/// <param name="HostUid">The uid it runs under on the host, where the runtime is root.</param>
/// <param name="Grant">What it may touch.</param>
/// <param name="ResourceLimits">What it may use up; null, as the hash is, in events from before they were recorded.</param>
/// <param name="GrantHash"><see cref="Plugins.GrantHash"/> over <paramref name="Grant"/>, <paramref name="Isolation"/> and <paramref name="ResourceLimits"/>.</param>
[EventType("PluginExecutionStarted")]
public sealed record PluginExecutionStarted(
    string Plugin, string Version, string Digest, Guid RunId, string Step, int Attempt, string Isolation, string Limits, int? HostUid, Grant Grant,
    PluginLimits? ResourceLimits = null, string? GrantHash = null) : IDomainEvent;

/// <summary>What a plugin process used.</summary>
/// <param name="DurationMs">Wall time in milliseconds.</param>
/// <param name="CpuMs">CPU time in milliseconds.</param>
/// <param name="PeakMemoryBytes">The most memory it held at once.</param>
/// <param name="ThrottledMs">How long it was kept from running by its limit of CPU time, in milliseconds.</param>
/// <param name="OutputBytes">Bytes of its standard output.</param>
/// <param name="ErrorBytes">Bytes of its standard error.</param>
public sealed record ExecutionUsage(
    long DurationMs,
    long CpuMs,
    long PeakMemoryBytes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long ThrottledMs = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long OutputBytes = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long ErrorBytes = 0);

/// <summary>A plugin process ended well.</summary>
/// <param name="ExitCode">0, or what it gave when it was stopped by us.</param>
/// <param name="Outcome">succeeded or cancelled.</param>
/// <param name="Usage">What it used.</param>
[EventType("PluginExecutionCompleted")]
public sealed record PluginExecutionCompleted(int? ExitCode, PluginOutcome Outcome, ExecutionUsage Usage) : IDomainEvent;

/// <summary>A plugin process ended badly.</summary>
/// <param name="Outcome">How.</param>
/// <param name="ExitCode">If it ended by itself.</param>
/// <param name="Signal">If a signal ended it.</param>
/// <param name="Message">One line for people.</param>
/// <param name="Usage">What it used.</param>
[EventType("PluginExecutionFailed")]
public sealed record PluginExecutionFailed(PluginOutcome Outcome, int? ExitCode, int? Signal, string Message, ExecutionUsage Usage) : IDomainEvent;

/// <summary>A plugin crossed a limit.</summary>
/// <param name="Limit">memory, processes, line, stdout, stderr, disk, tmp, time or idle.</param>
/// <param name="Allowed">The limit: in bytes, as a count, or of times in milliseconds.</param>
[EventType("PluginLimitHit")]
public sealed record PluginLimitHit(string Limit, long Allowed) : IDomainEvent;

/// <summary>A plugin connected to a destination that it was granted, or tried to. Written at the connection's end.</summary>
/// <param name="Destination">What it was granted: <c>host:port</c>.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Address">The address that was connected to, tried or refused; null when there was none, or it stands for several.</param>
/// <param name="BytesSent">From the plugin to the destination.</param>
/// <param name="BytesReceived">From the destination to the plugin.</param>
/// <param name="BeganAt">When the plugin connected; of several, for the first time.</param>
/// <param name="DurationMs">How long it lasted, in milliseconds; of several, all together.</param>
/// <param name="Connections">How many connections it stands for. The first hundred of a plugin process stand each for itself; what is more is summed up at its end.</param>
[EventType("PluginConnected")]
public sealed record PluginConnected(
    string Destination, ConnectionOutcome Outcome, string? Address, long BytesSent, long BytesReceived, DateTimeOffset BeganAt, long DurationMs, long Connections) : IDomainEvent;

/// <summary>What a machine offers plugins; written when it differs from the last one.</summary>
/// <param name="Level">The best level: sandbox, process or none.</param>
/// <param name="Limits">cgroup or rlimit.</param>
/// <param name="Missing">Names of the features that are missing for level sandbox.</param>
/// <param name="Host">Which host it was, as far as that decides about the result: on another one, all is tested again.</param>
[EventType("IsolationProbed")]
public sealed record IsolationProbed(string Level, string Limits, IReadOnlyList<string> Missing, string? Host = null) : IDomainEvent;
