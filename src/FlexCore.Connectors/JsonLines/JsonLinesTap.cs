using FlexCore.Sdk;
using FlexCore.Sdk.Taps;

namespace FlexCore.Connectors.JsonLines;

/// <summary>
/// Reads a file of JSON objects, one on each line. It remembers how far it has read, so the next run goes on with the lines appended since; a file that has become shorter was replaced, and is
/// read again. A last line without its end is left for the next run: somebody may be writing it.
/// </summary>
internal static class JsonLinesTap
{
    public static IPlugin Create() => new Tap<JsonLinesTapSettings>(
        new PluginDeclaration("tap-jsonl", BuiltIn.Version, "Reads a file of JSON Lines, and the next time the lines appended since", ConnectorsJson.Default.JsonLinesTapSettings) { Read = ["${config.path}"] },
        async (settings, cancellationToken) => await JsonLinesSource.OpenAsync(settings, cancellationToken).ConfigureAwait(false));
}
