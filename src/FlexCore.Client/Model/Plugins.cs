using System.Text.Json;

namespace FlexCore.Client;

/// <summary>A plugin, and what its processes did.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="Registered">The version that is registered; null where none is.</param>
/// <param name="Executions">Processes that have ended.</param>
/// <param name="Failures">Those that were the cause of a failed step.</param>
/// <param name="CpuMs">CPU time of all, in milliseconds.</param>
/// <param name="PeakMemoryBytes">The most memory that one of them held at once.</param>
/// <param name="LastUsedAt">When the last one ended.</param>
/// <param name="Disabled">Whether no run begins with it.</param>
public sealed record PluginListItem(string Name, string? Registered, long Executions, long Failures, long CpuMs, long PeakMemoryBytes, DateTimeOffset? LastUsedAt, bool Disabled);

/// <summary>A plugin.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Registered">Its registration; null where there is none.</param>
/// <param name="Asks">What it asks for.</param>
/// <param name="Standing">What it was granted wherever it is used.</param>
/// <param name="Waiting">What it asks for beyond that.</param>
/// <param name="Grants">What it got in each step of each pipeline.</param>
/// <param name="Decisions">What was decided on it, oldest first.</param>
/// <param name="Disabled">Whether no run begins with it.</param>
/// <param name="Versions">The registered copies of the machine that answers.</param>
public sealed record Plugin(
    string Name, PluginRegistration? Registered, Grant Asks, Grant Standing, Grant Waiting, IReadOnlyList<PlacedGrant> Grants, IReadOnlyList<PluginDecision> Decisions, bool Disabled,
    IReadOnlyList<PluginVersion> Versions);

/// <summary>A version of a plugin of which a machine has a copy.</summary>
/// <param name="Version">The version; null where its manifest cannot be read.</param>
/// <param name="Folder">Where its files are.</param>
/// <param name="InUse">Whether it is the one that pipelines get which name no version.</param>
public sealed record PluginVersion(string? Version, string Folder, bool InUse);

/// <summary>What a plugin got in a step.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Step">The step.</param>
/// <param name="Read">Files and folders to read.</param>
/// <param name="Write">Folders to write.</param>
/// <param name="Env">Environment variables.</param>
/// <param name="Net">Destinations, <c>HOST:PORT</c>.</param>
/// <param name="Secrets">Secrets, by name.</param>
/// <param name="Source">Who has granted it.</param>
public sealed record PlacedGrant(
    string Pipeline, string Step, IReadOnlyList<string> Read, IReadOnlyList<string> Write, IReadOnlyList<string> Env, IReadOnlyList<string> Net, IReadOnlyList<string> Secrets, string Source);

/// <summary>Something that was decided on a plugin.</summary>
/// <param name="At">When.</param>
/// <param name="Actor">By whom.</param>
/// <param name="Decision">What, in words.</param>
public sealed record PluginDecision(DateTimeOffset At, string Actor, string Decision);

/// <summary>A wish to let no run begin with a plugin.</summary>
/// <param name="Reason">For those who wonder later.</param>
public sealed record DisablePlugin(string? Reason = null);

/// <summary>The registration of a plugin.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Kind"><c>tap</c>, <c>mapper</c>, <c>target</c> or <c>task</c>.</param>
/// <param name="Digest">SHA-256 of its files, with all that its install has made.</param>
/// <param name="Folder">Where its files are.</param>
/// <param name="Install">How it was installed; null where there was nothing to install.</param>
public sealed record PluginRegistration(string Version, string Kind, string Digest, string Folder, PluginInstallation? Install = null);

/// <summary>How a version of a plugin was installed.</summary>
/// <param name="At">When it was done.</param>
/// <param name="Run">The command lines.</param>
/// <param name="Net">What they could connect to, <c>HOST:PORT</c>.</param>
/// <param name="Source">SHA-256 of the plugin's files before that.</param>
/// <param name="Isolation"><c>sandbox</c>, <c>process</c> or <c>none</c>.</param>
/// <param name="DurationMs">How long it took, in milliseconds.</param>
public sealed record PluginInstallation(DateTimeOffset At, IReadOnlyList<string> Run, IReadOnlyList<string> Net, string Source, string Isolation, long DurationMs);

/// <summary>A plugin that was just registered.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="Version">Its version.</param>
/// <param name="Digest">SHA-256 of its files.</param>
/// <param name="Folder">Where its files are.</param>
/// <param name="Waiting">What it asks for beyond its standing grants.</param>
public sealed record AddedPlugin(string Name, string Version, string Digest, string Folder, Grant Waiting);

/// <summary>What a plugin is exposed to.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="Version">Its version.</param>
/// <param name="Registered">Whether it is the registered copy, and not that of the project.</param>
/// <param name="Digest">SHA-256 of its files.</param>
/// <param name="Score">From 0.0 (safe) to 10.0 (unsafe).</param>
/// <param name="Word">The same in a word.</param>
/// <param name="Exposures">What makes it up.</param>
public sealed record PluginAudit(string Name, string Version, bool Registered, string Digest, decimal Score, string Word, IReadOnlyList<PluginExposure> Exposures);

/// <summary>Something that a plugin could misuse.</summary>
/// <param name="Points">How much it weighs.</param>
/// <param name="What">What it is.</param>
/// <param name="Why">Why it weighs so much.</param>
public sealed record PluginExposure(decimal Points, string What, string Why);

/// <summary>What a tap is asked for its catalog with.</summary>
/// <param name="Config">Its config, with references as in a pipeline; an empty one where nothing is said.</param>
/// <param name="GrantAll">Whether it gets all that it asks, for this once.</param>
public sealed record DiscoverPlugin(JsonElement? Config = null, bool GrantAll = false);

/// <summary>A wish to run a task plugin once by itself.</summary>
/// <param name="Input">What it gets: an object, with references as in a pipeline; an empty one where nothing is said. It is on record, so it must have no secrets written out.</param>
/// <param name="Args">Added to its command.</param>
public sealed record ExecutePlugin(JsonElement? Input = null, IReadOnlyList<string>? Args = null);

/// <summary>Capabilities.</summary>
/// <param name="Read">Files and folders to read.</param>
/// <param name="Write">Folders to write.</param>
/// <param name="Env">Environment variables.</param>
/// <param name="Net">Destinations, <c>HOST:PORT</c>.</param>
/// <param name="Secrets">Secrets, by name.</param>
public sealed record Grant(IReadOnlyList<string> Read, IReadOnlyList<string> Write, IReadOnlyList<string> Env, IReadOnlyList<string> Net, IReadOnlyList<string> Secrets);

/// <summary>What became of the standing grants of a plugin.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="Changed">What was granted or revoked that was not before.</param>
/// <param name="Standing">What it is granted now.</param>
public sealed record GrantChange(string Name, Grant Changed, Grant Standing);
