using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using FlexCore.Application.Ports;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>Works on a database in one transaction: all of it is done, or nothing. Rows are carried one by one, however many there are.</summary>
internal sealed class SqlStep(SqlSettings settings, ISqlDatabases databases, Action<string> say)
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<KeyValuePair<string, SqlValue>> _parameters = [.. settings.Parameters.Select(parameter => KeyValuePair.Create(parameter.Key, SqlValues.Of(parameter.Value)))];
    private readonly List<SavedFile> _files = [];
    private long _changed;
    private long _loaded;
    private long _read;
    private JsonElement? _first;

    /// <summary>Does it.</summary>
    /// <returns>What it leaves: <c>changed</c>, <c>loaded</c> and <c>read</c> rows, and <c>first</c>, the first row that was read last.</returns>
    public async Task<ReadOnlyMemory<byte>> RunAsync(CancellationToken cancellationToken)
    {
        if (settings.File is { } file) StepFiles.RefuseLinks(file);
        try
        {
            await databases.InTransactionAsync(new SqlDatabase(settings.File, settings.Server), WorkAsync, cancellationToken);

            // Not before the transaction is done: what is not so there is not to be read here.
            foreach (var saved in _files) await saved.FinishAsync(cancellationToken);
        }
        finally
        {
            foreach (var saved in _files) await saved.DisposeAsync();
        }

        return LeftItems.Describe(output =>
        {
            output.WriteNumber("changed", _changed);
            output.WriteNumber("loaded", _loaded);
            output.WriteNumber("read", _read);
            if (_first is not { } first) return;
            output.WritePropertyName("first");
            first.WriteTo(output);
        });
    }

    private async Task<bool> WorkAsync(ISqlTransaction transaction, CancellationToken cancellationToken)
    {
        foreach (var work in settings.Work)
        {
            if (work.Load is { } load) await LoadAsync(transaction, load, cancellationToken);
            else if (work.Read is { } read) await ReadAsync(transaction, read, cancellationToken);
            else await ExecuteAsync(transaction, work.Execute ?? await ReadScriptAsync(work.Script!, cancellationToken), cancellationToken);
        }

        return true;
    }

    private async Task ExecuteAsync(ISqlTransaction transaction, string sql, CancellationToken cancellationToken)
    {
        var changed = await transaction.ExecuteAsync(sql, _parameters, cancellationToken);
        _changed += changed;
        say($"{changed} rows changed");
    }

    private static async Task<string> ReadScriptAsync(string path, CancellationToken cancellationToken)
    {
        var script = await StepFiles.ReadAllAsync(path, cancellationToken);
        return Utf8.IsValid(script) ? Encoding.UTF8.GetString(script) : throw StepFiles.Unusable(path, "is not UTF-8");
    }

    private async Task LoadAsync(ISqlTransaction transaction, SqlLoad load, CancellationToken cancellationToken)
    {
        var (columns, rows) = await RowFile.OpenAsync(load.File, load.Columns, cancellationToken);
        await using var held = rows;
        var count = columns.Count == 0 ? 0 : await transaction.LoadAsync(load.Table, columns, rows.ReadAsync(cancellationToken), cancellationToken);
        _loaded += count;
        say($"{count} rows loaded into {load.Table}");
    }

    private async Task ReadAsync(ISqlTransaction transaction, SqlRead read, CancellationToken cancellationToken)
    {
        var file = read.Save is { } save ? SavedFile.Create(save) : null;
        if (file is not null) _files.Add(file);
        var count = 0L;
        _first = null;
        await transaction.ReadAsync(read.Query, _parameters, TakeAsync, cancellationToken);
        _read += count;
        say($"{count} rows read");

        async Task TakeAsync(SqlRows rows)
        {
            var isTable = file is not null && !SavedFile.HasLines(read.Save!);
            if (isTable) await file!.WriteAsync(Csv.Line(rows.Columns.Select(SqlValues.Text)), cancellationToken);
            await foreach (var row in rows.Rows.WithCancellation(cancellationToken))
            {
                if (isTable) await file!.WriteAsync(Csv.Line(row), cancellationToken);
                if (count++ > 0 && (file is null || isTable)) continue;
                var item = Describe(rows.Columns, row);
                _first ??= item;
                if (file is not null && !isTable) await file.AddAsync(item, cancellationToken);
            }
        }
    }

    private static JsonElement Describe(IReadOnlyList<string> columns, IReadOnlyList<SqlValue> row)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, Plain))
        {
            writer.WriteStartObject();
            foreach (var (index, column) in columns.Index())
            {
                writer.WritePropertyName(column);
                SqlValues.Write(row[index], writer);
            }

            writer.WriteEndObject();
        }

        return JsonElement.Parse(json.WrittenSpan);
    }
}
