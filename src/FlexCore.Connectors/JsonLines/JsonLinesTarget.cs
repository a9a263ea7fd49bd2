using FlexCore.Sdk;
using FlexCore.Sdk.Targets;

namespace FlexCore.Connectors.JsonLines;

/// <summary>
/// Appends each record stream to a file. A run that was killed may leave half a line at its end: no STATE has promised it, so the next run cuts it off. Records with a version lie in a file
/// of that version until it is activated, and then take the place of the others.
/// </summary>
internal static class JsonLinesTarget
{
    public static IPlugin Create() => new Target<JsonLinesTargetSettings>(
        new PluginDeclaration("target-jsonl", BuiltIn.Version, "Appends each record stream to a file of JSON Lines", ConnectorsJson.Default.JsonLinesTargetSettings) { Write = ["${config.path}"], ShadowField = "path" },
        (settings, _) => new(JsonLinesFolder.Open(settings.Path)));
}
