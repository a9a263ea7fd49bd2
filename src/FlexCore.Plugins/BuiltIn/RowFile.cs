using System.Runtime.CompilerServices;
using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Plugins.Json;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>The rows of a file: of CSV, whose first line names its columns, or an object on each line.</summary>
internal sealed class RowFile : IAsyncDisposable
{
    private readonly string _path;
    private readonly FileStream? _table;
    private readonly IAsyncEnumerator<(string Place, IReadOnlyList<SqlValue> Row, JsonElement Item)> _rows;
    private IReadOnlyList<string> _columns = [];
    private int[] _places = [];
    private bool _hasRow;

    private RowFile(string path, FileStream? table, CancellationToken cancellationToken)
    {
        (_path, _table) = (path, table);
        _rows = (table is null ? LinesAsync(cancellationToken) : TableAsync(table, cancellationToken)).GetAsyncEnumerator(cancellationToken);
    }

    /// <summary>Opens one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">What is taken of it; nothing for all: of objects, the members of the first.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The columns, none where there are no rows; and the rows.</returns>
    public static async Task<(IReadOnlyList<string> Columns, RowFile Rows)> OpenAsync(string path, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        var rows = new RowFile(path, SavedFile.HasLines(path) ? null : StepFiles.OpenRead(path), cancellationToken);
        try
        {
            await rows.BeginAsync(columns);
            return (rows._columns, rows);
        }
        catch
        {
            await rows.DisposeAsync();
            throw;
        }
    }

    /// <summary>A value for each of the columns, row by row.</summary>
    public async IAsyncEnumerable<IReadOnlyList<SqlValue>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (; _hasRow; _hasRow = await _rows.MoveNextAsync())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (place, row, item) = _rows.Current;
            if (_table is null) yield return [.. _columns.Select(column => item.TryGetProperty(column, out var value) ? SqlValues.Of(value) : SqlValue.Null)];
            else if (row.Count > _places.Max()) yield return [.. _places.Select(at => row[at])];
            else throw StepData.Invalid($"{place} has only {row.Count} fields");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _rows.DisposeAsync();
        if (_table is not null) await _table.DisposeAsync();
    }

    private async Task BeginAsync(IReadOnlyList<string> columns)
    {
        _hasRow = await _rows.MoveNextAsync();
        if (!_hasRow) return;
        if (_table is null)
        {
            _columns = columns.Count > 0 ? columns : [.. _rows.Current.Item.EnumerateObject().Select(member => member.Name)];
            return;
        }

        var names = _rows.Current.Row.Select(name => name.Text ?? "").ToList();
        _columns = columns.Count > 0 ? columns : names;
        _places = [.. _columns.Select(column => names.IndexOf(column) is >= 0 and var at ? at : throw StepData.Invalid($"{_path} has no column '{column}'; it has {string.Join(", ", names)}"))];
        _hasRow = await _rows.MoveNextAsync();
    }

    private async IAsyncEnumerable<(string Place, IReadOnlyList<SqlValue> Row, JsonElement Item)> TableAsync(FileStream table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var number = 0;
        await foreach (var row in Csv.ReadAsync(table, _path, cancellationToken)) yield return ($"{_path}, row {++number}", row, default);
    }

    private async IAsyncEnumerable<(string Place, IReadOnlyList<SqlValue> Row, JsonElement Item)> LinesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var tape = new JsonTape();
        await foreach (var (number, line) in StepFiles.ReadLinesAsync(_path, cancellationToken))
        {
            var place = $"{_path}, line {number}";
            var item = StepData.Parse(line, place, tape);
            yield return item.ValueKind == JsonValueKind.Object ? (place, [], item) : throw StepData.Invalid($"{place} is no object");
        }
    }
}
