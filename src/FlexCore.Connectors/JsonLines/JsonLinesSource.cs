using System.Text.Json;
using FlexCore.Connectors.Files;
using FlexCore.Sdk;
using FlexCore.Sdk.Messages;
using FlexCore.Sdk.Taps;

namespace FlexCore.Connectors.JsonLines;

/// <summary>A file of JSON objects as one record stream.</summary>
internal sealed class JsonLinesSource : ITapSource
{
    private const int SampleLines = 1000;
    private const int StateEveryLines = 50_000;
    private const int LongestLine = 1024 * 1024 * 1024;

    private readonly JsonLinesTapSettings _settings;
    private readonly FileStream _file;
    private readonly TapStream _stream;

    private JsonLinesSource(JsonLinesTapSettings settings, FileStream file, TapStream stream) => (_settings, _file, _stream) = (settings, file, stream);

    /// <exception cref="PluginException">It cannot be read.</exception>
    public static ValueTask<JsonLinesSource> OpenAsync(JsonLinesTapSettings settings, CancellationToken cancellationToken) => SourceFile.OpenAsync(settings.Path, async file =>
    {
        var keys = settings.Keys ?? [];
        var schema = (await SampleAsync(settings.Path, file, cancellationToken).ConfigureAwait(false)).Schema(keys);
        if (keys.FirstOrDefault(key => !schema["properties"]!.AsObject().ContainsKey(key)) is { } missing) throw new PluginException($"{settings.Path}: no record has the field '{missing}', which 'keys' names");
        return new JsonLinesSource(settings, file, new TapStream(settings.Stream ?? Path.GetFileNameWithoutExtension(settings.Path), schema) { Keys = keys });
    });

    public ValueTask<IReadOnlyList<TapStream>> DiscoverAsync(CancellationToken cancellationToken) => new([_stream]);

    public async ValueTask ReadAsync(IReadOnlyList<SelectedStream> streams, TapOutput output, CancellationToken cancellationToken)
    {
        if (streams is not [var selected]) return;
        output.BeginStream(selected);
        var place = SourceFile.PlaceOf(selected, _file, first: 0);
        _file.Position = place.Offset;
        var lines = new LineReader(_file, LongestLine);
        var records = new SelectedFields(_stream, selected.Fields);
        do
        {
            while (Take(lines, records, output, ref place))
            {
                if (place.Row % StateEveryLines == 0) await KeepAsync().ConfigureAwait(false);
                else await output.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        while (await lines.FillAsync(cancellationToken).ConfigureAwait(false));

        await KeepAsync().ConfigureAwait(false);

        ValueTask KeepAsync()
        {
            output.SetBookmark(_stream.Name, SourceFile.Bookmark(place.Row, place.Offset));
            return output.WriteStateAsync(cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private static async ValueTask<FieldTypes> SampleAsync(string path, FileStream file, CancellationToken cancellationToken)
    {
        var types = new FieldTypes();
        var lines = new LineReader(file, LongestLine);
        while (lines.Number < SampleLines)
        {
            if (TryNote(path, lines, types)) continue;
            if (!await lines.FillAsync(cancellationToken).ConfigureAwait(false)) break;
        }

        return types;
    }

    private static bool TryNote(string path, LineReader lines, FieldTypes types)
    {
        if (!lines.TryTake(out var line)) return false;
        try
        {
            if (!IsBlank(line)) types.Note(line);
            return true;
        }
        catch (JsonException e)
        {
            throw new PluginException($"{path}, line {lines.Number}: {e.Message}", e);
        }
    }

    /// <summary>Takes lines until the output must be waited for.</summary>
    /// <returns>False when more must be read first.</returns>
    private bool Take(LineReader lines, SelectedFields records, TapOutput output, ref (long Row, long Offset) place)
    {
        while (lines.TryTake(out var line))
        {
            place = (place.Row + 1, place.Offset + line.Length + 1);
            if (IsBlank(line)) continue;
            output.BeginRecord();
            try
            {
                records.Write(line.Trim(" \t\r"u8), output.Buffer);
            }
            catch (JsonException e)
            {
                throw new PluginException($"{_settings.Path}, line {place.Row}: it is not a JSON object: {e.Message}", e);
            }

            if (output.EndRecord() || place.Row % StateEveryLines == 0) return true;
        }

        return false;
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.Trim(" \t\r"u8).IsEmpty;
}
