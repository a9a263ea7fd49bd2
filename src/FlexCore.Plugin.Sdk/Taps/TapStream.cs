using System.Text.Json.Nodes;

namespace FlexCore.Sdk.Taps;

/// <summary>How a record stream is read.</summary>
public enum ReplicationMethod
{
    /// <summary>All of it, each time.</summary>
    FullTable,

    /// <summary>What is new since the last time, by a field that grows.</summary>
    Incremental,

    /// <summary>Each change, from the log of the source.</summary>
    LogBased,
}

/// <summary>A record stream that a tap has found.</summary>
/// <param name="Name">Its name, which is its identity.</param>
/// <param name="Schema">JSON Schema of its records, an object with <c>properties</c>.</param>
public sealed record TapStream(string Name, JsonObject Schema)
{
    /// <summary>The fields that identify a record; empty where there are none.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>How it is read when nobody says otherwise.</summary>
    public ReplicationMethod Method { get; init; } = ReplicationMethod.FullTable;

    /// <summary>The field that grows, of a stream that is read incrementally.</summary>
    public string? ReplicationKey { get; init; }
}

/// <summary>A record stream that is to be read.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Fields">Its fields that are wanted, keys among them.</param>
/// <param name="Bookmark">What was kept of it the last time; null at the first.</param>
public sealed record SelectedStream(TapStream Stream, IReadOnlyList<string> Fields, JsonObject? Bookmark)
{
    private const string ReplicationKeyValue = "replication_key_value";

    /// <summary>Where its replication key stood the last time; null at the first time, and where another field was the key then.</summary>
    public JsonNode? LastValue => Bookmark is { } kept && (string?)kept["replication_key"] == Stream.ReplicationKey ? kept[ReplicationKeyValue] : null;

    /// <summary>A bookmark with the replication key.</summary>
    public JsonObject BookmarkAt(JsonNode? value) => new() { ["replication_key"] = Stream.ReplicationKey, [ReplicationKeyValue] = value?.DeepClone() };
}
