using System.Text;
using FlexCore.Connectors.Files;
using FlexCore.Sdk;
using FlexCore.Sdk.Taps;

namespace FlexCore.Connectors.Csv;

/// <summary>A CSV file as one record stream.</summary>
internal sealed class CsvSource : ITapSource
{
    private const int StateEveryRows = 50_000;

    private readonly CsvTapSettings _settings;
    private readonly FileStream _file;
    private readonly byte _delimiter;
    private readonly byte[] _null;
    private readonly CsvTable _table;

    private CsvSource(CsvTapSettings settings, FileStream file, CsvTable table)
    {
        (_settings, _file, _table) = (settings, file, table);
        _delimiter = DelimiterOf(settings);
        _null = Encoding.UTF8.GetBytes(settings.Null);
    }

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <exception cref="PluginException">It cannot be read.</exception>
    public static ValueTask<CsvSource> OpenAsync(CsvTapSettings settings, CancellationToken cancellationToken) => SourceFile.OpenAsync(settings.Path, async file =>
    {
        var begin = new byte[3];
        var mark = await file.ReadAtLeastAsync(begin, 3, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) == 3 && ByteOrderMark.SequenceEqual(begin) ? 3 : 0;
        file.Position = mark;
        return new CsvSource(settings, file, await CsvTable.ReadAsync(settings, new CsvReader(file, DelimiterOf(settings), mark), cancellationToken).ConfigureAwait(false));
    });

    public ValueTask<IReadOnlyList<TapStream>> DiscoverAsync(CancellationToken cancellationToken) => new([new TapStream(_table.Stream, _table.Schema) { Keys = _table.Keys }]);

    public async ValueTask ReadAsync(IReadOnlyList<SelectedStream> streams, TapOutput output, CancellationToken cancellationToken)
    {
        if (streams is not [var selected]) return;
        output.BeginStream(selected);
        var (row, offset) = SourceFile.PlaceOf(selected, _file, _table.FirstRow);
        _file.Position = offset;
        var reader = new CsvReader(_file, _delimiter, offset);
        var encoder = new CsvRecords(_table, selected.Fields, _null);
        try
        {
            while (await reader.NextAsync(cancellationToken).ConfigureAwait(false))
            {
                row++;
                output.BeginRecord();
                encoder.Write(reader, output.Buffer);
                if (output.EndRecord()) await output.FlushAsync(cancellationToken).ConfigureAwait(false);
                if (row % StateEveryRows == 0) await KeepAsync().ConfigureAwait(false);
            }
        }
        catch (PluginException e)
        {
            throw new PluginException($"{_settings.Path}, row {row}: {e.Message}", e);
        }

        await KeepAsync().ConfigureAwait(false);

        ValueTask KeepAsync()
        {
            output.SetBookmark(_table.Stream, SourceFile.Bookmark(row, reader.Offset));
            return output.WriteStateAsync(cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private static byte DelimiterOf(CsvTapSettings settings) =>
        settings.Delimiter is [var one] && char.IsAscii(one) && one is not ('"' or '\r' or '\n') ? (byte)one : throw new PluginException("'delimiter' must be one ASCII character, and neither a quote nor a line end");
}
