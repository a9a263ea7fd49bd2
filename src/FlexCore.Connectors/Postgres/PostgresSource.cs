using System.Text.Json.Nodes;
using FlexCore.Sdk;
using FlexCore.Sdk.Messages;
using FlexCore.Sdk.Taps;
using Npgsql;

namespace FlexCore.Connectors.Postgres;

/// <summary>The tables of a database as record streams.</summary>
internal sealed class PostgresSource(PostgresTapSettings settings, NpgsqlConnection connection) : ITapSource
{
    private const int StateEveryRows = 50_000;
    private const int LongestRow = 1024 * 1024 * 1024;

    private IReadOnlyList<PostgresTable> _tables = [];

    public async ValueTask<IReadOnlyList<TapStream>> DiscoverAsync(CancellationToken cancellationToken)
    {
        _tables = await PostgresServer.TryAsync("the tables cannot be listed", () => PostgresTable.ListAsync(connection, settings.Schemas, cancellationToken)).ConfigureAwait(false);
        foreach (var (stream, key) in settings.ReplicationKeys ?? new Dictionary<string, string>())
        {
            var table = _tables.FirstOrDefault(table => table.Stream == stream) ?? throw new PluginException($"'replication_keys' names the stream '{stream}', which is not there");
            if (table.Columns.All(column => column.Name != key)) throw new PluginException($"'replication_keys' names the column '{key}', which '{stream}' does not have");
        }

        return [.. _tables.Select(table => table.Describe(settings))];
    }

    public async ValueTask ReadAsync(IReadOnlyList<SelectedStream> streams, TapOutput output, CancellationToken cancellationToken)
    {
        foreach (var selected in streams)
        {
            await PostgresServer.TryAsync($"'{selected.Stream.Name}' cannot be read", async () =>
            {
                await ReadAsync(selected, output, cancellationToken).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async ValueTask ReadAsync(SelectedStream selected, TapOutput output, CancellationToken cancellationToken)
    {
        var table = _tables.First(table => table.Stream == selected.Stream.Name);
        var columns = table.Columns.Where(column => selected.Fields.Contains(column.Name)).ToList();
        var key = selected.Stream.Method == ReplicationMethod.Incremental ? columns.FindIndex(column => column.Name == selected.Stream.ReplicationKey) : -1;
        var rows = new CopyRows(columns, settings.NonFinite);
        long? version = key < 0 ? TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() : null;
        var bookmark = selected.LastValue?.DeepClone();
        output.BeginStream(selected, version);

        // The text form as bytes: the reader on top of it is never used.
        using var reader = await connection.BeginTextExportAsync(table.Copy(columns, key < 0 ? null : columns[key], bookmark?.ToString()), cancellationToken).ConfigureAwait(false);
        var lines = new LineReader(((StreamReader)reader).BaseStream, LongestRow);
        do
        {
            while (Take(lines, rows, output, key, ref bookmark))
            {
                if (key < 0 || lines.Number % StateEveryRows != 0) await output.FlushAsync(cancellationToken).ConfigureAwait(false);
                else await KeepAsync().ConfigureAwait(false);
            }
        }
        while (await lines.FillAsync(cancellationToken).ConfigureAwait(false));

        if (version is { } full) output.ActivateVersion(selected.Stream.Name, full);
        await KeepAsync().ConfigureAwait(false);

        ValueTask KeepAsync()
        {
            output.SetBookmark(selected.Stream.Name, key < 0 ? new JsonObject { ["version"] = version } : selected.BookmarkAt(bookmark));
            return output.WriteStateAsync(cancellationToken);
        }
    }

    /// <summary>Takes rows until something must be waited for.</summary>
    /// <returns>Whether that is the output, and not the server.</returns>
    private static bool Take(LineReader lines, CopyRows rows, TapOutput output, int key, ref JsonNode? bookmark)
    {
        ReadOnlySpan<byte> last = default;
        var isDue = false;
        while (!isDue && lines.TryTake(out var row))
        {
            last = row;
            output.BeginRecord();
            rows.Write(row, output.Buffer);
            isDue = output.EndRecord() || (key >= 0 && lines.Number % StateEveryRows == 0);
        }

        // Ordered by the key: the last row has the greatest.
        if (key >= 0 && !last.IsEmpty && rows.TextOf(key, last) is { } value) bookmark = value;
        return isDue;
    }
}
