using System.ComponentModel;

namespace FlexCore.Connectors.JsonLines;

/// <summary>Settings of <c>tap-jsonl</c>.</summary>
internal sealed record JsonLinesTapSettings(
    [property: Description("The file: a JSON object on each line")] string Path,
    [property: Description("The record stream's name; without it the file's, without what follows its last dot")] string? Stream = null,
    [property: Description("Fields that identify a record")] IReadOnlyList<string>? Keys = null);

/// <summary>Settings of <c>target-jsonl</c>.</summary>
internal sealed record JsonLinesTargetSettings(
    [property: Description("The folder to write to: a file STREAM.jsonl for each record stream")] string Path);
