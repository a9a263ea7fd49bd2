namespace FlexCore.Client;

/// <summary>A plugin, and what its processes did.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="Registered">The version that is registered; null where none is.</param>
/// <param name="Executions">Processes that have ended.</param>
/// <param name="Failures">Those that were the cause of a failed step.</param>
/// <param name="CpuMs">CPU time of all, in milliseconds.</param>
/// <param name="PeakMemoryBytes">The most memory that one of them held at once.</param>
/// <param name="LastUsedAt">When the last one ended.</param>
public sealed record PluginListItem(string Name, string? Registered, long Executions, long Failures, long CpuMs, long PeakMemoryBytes, DateTimeOffset? LastUsedAt);

/// <summary>A plugin.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Registered">Its registration; null where there is none.</param>
/// <param name="Asks">What it asks for.</param>
/// <param name="Standing">What it was granted wherever it is used.</param>
/// <param name="Waiting">What it asks for beyond that.</param>
public sealed record Plugin(string Name, PluginRegistration? Registered, Grant Asks, Grant Standing, Grant Waiting);

/// <summary>The registration of a plugin.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Kind"><c>tap</c>, <c>mapper</c>, <c>target</c> or <c>task</c>.</param>
/// <param name="Digest">SHA-256 of its files.</param>
public sealed record PluginRegistration(string Version, string Kind, string Digest);

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
