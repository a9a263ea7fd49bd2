using System.ComponentModel;

namespace FlexCore.Connectors.JsonLines;

/// <summary>Settings of <c>target-jsonl</c>.</summary>
internal sealed record JsonLinesTargetSettings(
    [property: Description("The folder to write to: a file STREAM.jsonl for each record stream")] string Path);
