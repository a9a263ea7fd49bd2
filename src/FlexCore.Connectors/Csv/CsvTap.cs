using FlexCore.Sdk;
using FlexCore.Sdk.Taps;

namespace FlexCore.Connectors.Csv;

/// <summary>
/// Reads one CSV file with a header row. It remembers how far it has read, so the next run goes on with the rows appended since; a file that has become shorter was replaced, and is read
/// again. CSV has no null: a field that holds <c>null</c> of the settings is null, an empty one is the empty text, except in a column of numbers or booleans, where it is null too.
/// </summary>
internal static class CsvTap
{
    public static IPlugin Create() => new Tap<CsvTapSettings>(
        new PluginDeclaration("tap-csv", BuiltIn.Version, "Reads a CSV file, and the next time the rows appended since", ConnectorsJson.Default.CsvTapSettings) { Read = ["${config.path}"] },
        async (settings, cancellationToken) => await CsvSource.OpenAsync(settings, cancellationToken).ConfigureAwait(false));
}
