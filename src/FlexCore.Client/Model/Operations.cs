using System.Text.Json;

namespace FlexCore.Client;

/// <summary>An event as it is stored.</summary>
/// <param name="Position">Its place in the log, counted from 1.</param>
/// <param name="Stream">Its event stream.</param>
/// <param name="Version">Its place in its event stream, counted from 1.</param>
/// <param name="Id">Its id.</param>
/// <param name="Type">Its type.</param>
/// <param name="At">When it was stored.</param>
/// <param name="Data">What it says.</param>
/// <param name="Metadata">Who, for what, where.</param>
public sealed record StoredEvent(long Position, string Stream, long Version, Guid Id, string Type, DateTimeOffset At, JsonElement Data, JsonElement Metadata);

/// <summary>A record that could not be processed.</summary>
/// <param name="Id">Its id.</param>
/// <param name="At">When it was put aside.</param>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Step">The step.</param>
/// <param name="RunId">The run.</param>
/// <param name="Attempt">The attempt of the step, counted from 1.</param>
/// <param name="Plugin">The plugin that wrote it.</param>
/// <param name="Stream">The record stream.</param>
/// <param name="Reason"><c>invalid</c>, <c>unmappable</c>, <c>too-long</c>, <c>unreadable</c> or <c>no-schema</c>.</param>
/// <param name="Message">Why, for people; without the record's values.</param>
/// <param name="SchemaPath">The rule that it breaks, as a JSON pointer.</param>
/// <param name="Length">How many bytes it had.</param>
/// <param name="Kept">How many of them are kept.</param>
/// <param name="Masked">Whether values in it are hidden.</param>
/// <param name="Replayable">Whether it can be sent again.</param>
/// <param name="Status"><c>open</c>, <c>replayed</c> or <c>discarded</c>.</param>
/// <param name="ReplayedBy">The run that sent it again.</param>
/// <param name="Raw">Its text; null in lists.</param>
/// <param name="Schema">The schema that it was held against; null in lists.</param>
public sealed record DeadLetter(
    Guid Id, DateTimeOffset At, string Pipeline, string Step, Guid RunId, int Attempt, string Plugin, string Stream, string Reason, string Message, string? SchemaPath, long Length, long Kept,
    bool Masked, bool Replayable, string Status, Guid? ReplayedBy, string? Raw = null, string? Schema = null);

/// <summary>Which dead letters; a member that is null leaves all.</summary>
/// <param name="Pipeline">Of this pipeline.</param>
/// <param name="Step">Of this step.</param>
/// <param name="RunId">Of this run.</param>
/// <param name="Stream">Of this record stream.</param>
/// <param name="Reason">With this reason.</param>
/// <param name="Status"><c>open</c>, <c>replayed</c> or <c>discarded</c>.</param>
public sealed record DeadLetterFilter(string? Pipeline = null, string? Step = null, Guid? RunId = null, string? Stream = null, string? Reason = null, string? Status = null);

/// <summary>A wish to send dead letters again.</summary>
/// <param name="Letters">Their ids; those that are not open, or not whole any more, are passed over.</param>
/// <param name="Set">Variables that override those of the definition; for letters of one pipeline.</param>
public sealed record ReplayDeadLetters(IReadOnlyList<Guid> Letters, IReadOnlyDictionary<string, string>? Set = null);

/// <summary>What will be sent again.</summary>
/// <param name="Runs">A run for each place where they were put aside; they wait for a node.</param>
/// <param name="NotOpen">Letters that somebody has dealt with before.</param>
/// <param name="NotReplayable">Letters that are cut or masked.</param>
public sealed record AcceptedReplay(IReadOnlyList<ReplayRun> Runs, int NotOpen, int NotReplayable);

/// <summary>A run that sends dead letters again.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Pipeline">Its pipeline.</param>
/// <param name="Step">The step whose letters they are.</param>
/// <param name="Letters">How many.</param>
public sealed record ReplayRun(Guid RunId, string Pipeline, string Step, int Letters);

/// <summary>A wish to end dead letters that nobody needs.</summary>
/// <param name="Letters">Their ids.</param>
public sealed record DiscardDeadLetters(IReadOnlyList<Guid> Letters);

/// <summary>What became of it.</summary>
/// <param name="Discarded">How many had not been discarded before.</param>
public sealed record DiscardedDeadLetters(int Discarded);

/// <summary>A process that runs pipelines.</summary>
/// <param name="Id">Unique to a start of the process.</param>
/// <param name="Name">For people.</param>
/// <param name="Status"><c>live</c>, <c>draining</c> or <c>lost</c>.</param>
/// <param name="Runs">How many runs it has.</param>
/// <param name="Slots">How many it takes at once.</param>
/// <param name="Labels">What it has that others may lack.</param>
/// <param name="Version">That of FlexCore.</param>
/// <param name="StartedAt">When it was started, by its own clock.</param>
/// <param name="Address">Where others reach what it serves over HTTP; null where it serves nothing, or was not told (<c>serve --advertise</c>).</param>
public sealed record Node(string Id, string Name, string Status, int Runs, int Slots, IReadOnlyList<string> Labels, string Version, DateTimeOffset StartedAt, string? Address = null);

/// <summary>A node that is wanted, and comes and goes with the queue.</summary>
/// <param name="Name">What it is called, as a node and at its provider.</param>
/// <param name="Status"><c>requested</c>, <c>starting</c>, <c>running</c>, <c>releasing</c> or <c>failed</c>.</param>
/// <param name="Since">Since when it is so.</param>
/// <param name="RequestedAt">When it was wanted.</param>
/// <param name="Slots">How many runs it takes at once.</param>
/// <param name="Labels">What it has that others may lack.</param>
/// <param name="Machine">What its provider calls it; null as long as that is not known.</param>
/// <param name="Node">The id of the node that it is; null as long as it is none.</param>
/// <param name="Attempts">How often the provider was asked since it ran last.</param>
/// <param name="RetryAt">When it is tried again; null unless it has failed.</param>
/// <param name="Reason">Why it is not what it was to be; null when nothing went wrong.</param>
public sealed record Worker(
    string Name, string Status, DateTimeOffset Since, DateTimeOffset RequestedAt, int Slots, IReadOnlyList<string> Labels, string? Machine, string? Node, int Attempts, DateTimeOffset? RetryAt, string? Reason);

/// <summary>Sums over the whole log.</summary>
/// <param name="Events">Events.</param>
/// <param name="Runs">Runs that were begun.</param>
/// <param name="Failures">Runs that have failed or were interrupted.</param>
/// <param name="Records">Records that went to targets.</param>
/// <param name="Bytes">Bytes that passed through syncs.</param>
/// <param name="DeadLetters">Records that became dead letters.</param>
/// <param name="PluginExecutions">Plugin processes that have ended.</param>
public sealed record SystemTotals(long Events, long Runs, long Failures, long Records, long Bytes, long DeadLetters, long PluginExecutions);

/// <summary>An entry of the catalog.</summary>
/// <param name="Kind">What: <c>connection</c>.</param>
/// <param name="Id">Its name.</param>
/// <param name="Version">Its version: a hash of the document.</param>
/// <param name="Document">What it says: an object, with references to secrets.</param>
public sealed record CatalogEntry(string Kind, string Id, string Version, JsonElement Document);

/// <summary>A secret, without its value.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SetAt">When it got its value; null where nobody knows.</param>
public sealed record Secret(string Name, DateTimeOffset? SetAt);

/// <summary>A wish to give a secret a value.</summary>
/// <param name="Value">4 characters to 64 KiB of UTF-8.</param>
public sealed record SetSecret(string Value);

/// <summary>An event stream as it once was.</summary>
/// <param name="Stream">The event stream.</param>
/// <param name="Version">How many of its events are looked at.</param>
/// <param name="At">When the last one of them was stored.</param>
/// <param name="Run">Of a run: what it was, without what was committed.</param>
/// <param name="State">Of the state of a sync: the bookmarks.</param>
/// <param name="Pipeline">Of a pipeline: the definition.</param>
/// <param name="Events">Of any other stream: the newest event of each type.</param>
public sealed record ReplayedStream(string Stream, long Version, DateTimeOffset At, Run? Run, ReplayedState? State, ReplayedPipeline? Pipeline, IReadOnlyList<StoredEvent>? Events);

/// <summary>Bookmarks as they once were.</summary>
/// <param name="Value">The bookmarks.</param>
/// <param name="RunId">The run that committed them.</param>
/// <param name="Targets">What each of several targets had confirmed.</param>
public sealed record ReplayedState(JsonElement? Value, Guid? RunId, IReadOnlyList<ReplayedTarget> Targets);

/// <summary>What a target had confirmed.</summary>
/// <param name="Target">The target.</param>
/// <param name="Number">The number of the STATE.</param>
/// <param name="Value">The STATE.</param>
public sealed record ReplayedTarget(string Target, long Number, JsonElement? Value);

/// <summary>A pipeline as it once was.</summary>
/// <param name="Lifecycle"><c>created</c>, <c>active</c>, <c>paused</c> or <c>archived</c>.</param>
/// <param name="Version">Of its newest definition then.</param>
/// <param name="Hash">SHA-256 of it.</param>
/// <param name="File">Where it was read.</param>
public sealed record ReplayedPipeline(string Lifecycle, int? Version, string? Hash, string? File);

/// <summary>What became of a wish to try a channel.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Sent">Whether the message was taken.</param>
public sealed record ChannelTest(string Channel, bool Sent);
