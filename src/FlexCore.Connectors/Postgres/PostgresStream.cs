using FlexCore.Sdk.Messages;
using FlexCore.Sdk.Targets;
using Npgsql;

namespace FlexCore.Connectors.Postgres;

/// <summary>
/// A stream on its way into its table. Without keys rows are added. With keys they go into a staging table first, and from there they replace the rows that they are newer than. Of a full
/// table that is read anew, rows go into a table beside it, which takes its place when the version is activated.
/// </summary>
internal sealed class PostgresStream : IStreamWriter
{
    private const int DrainAt = 256 * 1024;

    private readonly PostgresSession _session;
    private readonly TargetTable _table;
    private readonly RecordRows _encoder;
    private readonly TableVersions _versions;
    private readonly string _staging;
    private readonly List<Load> _loads = [new(null)];
    private Load _load;
    private bool _isStaged;
    private bool _hasStaging;

    private PostgresStream(PostgresSession session, TargetTable table, StreamSchema schema, TableVersions versions, NulText nul)
    {
        (_session, _table, _versions, Schema) = (session, table, versions, schema);
        _load = _loads[0];
        _staging = $"flexcore_{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Stream)).AsSpan(0, 8))}";
        _encoder = new RecordRows(Stream, [.. table.Columns.Select(column => (column.Name, ColumnType.FormOf(column.Type)))], nul);
    }

    public StreamSchema Schema { get; }

    private string Stream => Schema.Stream;

    /// <summary>Prepares its table.</summary>
    public static async ValueTask<PostgresStream> BeginAsync(PostgresSession session, PostgresTargetSettings settings, StreamSchema stream, PostgresStream? before, CancellationToken cancellationToken)
    {
        var table = await TargetTable.PrepareAsync(session.Connection, settings.Schema, stream, cancellationToken).ConfigureAwait(false);
        if (before?._hasStaging is true) await TargetTable.ExecuteAsync(session.Connection, $"DROP TABLE pg_temp.{before._staging}", cancellationToken).ConfigureAwait(false);
        return new PostgresStream(session, table, stream, await TableVersions.ReadAsync(session.Connection, table, cancellationToken).ConfigureAwait(false), settings.Nul);
    }

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<byte> record, long? version)
    {
        if (version != _load.Version)
        {
            if (_loads.Find(load => load.Version == version) is not { } load) _loads.Add(load = new Load(version));
            _load = load;
        }

        _encoder.Write(record, _load.Rows);
        return _load.Rows.Length >= DrainAt;
    }

    /// <inheritdoc/>
    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        foreach (var load in _loads)
        {
            if (load.Rows.Length == 0) continue;
            var destination = await DestinationAsync(load.Version, cancellationToken).ConfigureAwait(false);
            await _session.SendAsync(Stream, $"COPY {destination} ({_table.ColumnList}) FROM STDIN", load.Rows.Written, cancellationToken).ConfigureAwait(false);
            load.Rows.Clear();
        }
    }

    /// <inheritdoc/>
    public async ValueTask ActivateVersionAsync(long version, CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken).ConfigureAwait(false);
        await _session.BeginAsync(cancellationToken).ConfigureAwait(false);
        await PostgresServer.TryAsync($"'{Stream}' cannot be replaced", async () =>
        {
            await _versions.ActivateAsync(_session.Connection, version, cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
    }

    /// <summary>Moves what lies in the staging table into its place.</summary>
    public async ValueTask MergeAsync(CancellationToken cancellationToken)
    {
        if (!_isStaged) return;
        _isStaged = false;
        await TargetTable.ExecuteAsync(_session.Connection, "SAVEPOINT merge", cancellationToken).ConfigureAwait(false);
        try
        {
            await TargetTable.ExecuteAsync(_session.Connection, Merge("SELECT"), cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CardinalityViolation)
        {
            // The batch has a record more than once: the last one counts. Looking for that costs a sort, which most batches need not pay.
            await TargetTable.ExecuteAsync(_session.Connection, "ROLLBACK TO SAVEPOINT merge", cancellationToken).ConfigureAwait(false);
            await TargetTable.ExecuteAsync(_session.Connection, Merge($"SELECT DISTINCT ON ({_table.KeyList})", $" ORDER BY {_table.KeyList}, ctid DESC"), cancellationToken).ConfigureAwait(false);
        }
    }

    private string Merge(string select, string order = "")
    {
        var others = _table.Columns.Where(column => !_table.Keys.Contains(column.Name)).Select(column => PostgresServer.Quote(column.Name)).ToList();
        var change = others.Count == 0 ? "NOTHING" : $"UPDATE SET {string.Join(", ", others.Select(name => $"{name} = EXCLUDED.{name}"))}";
        return $"INSERT INTO {_table.FullName} ({_table.ColumnList}) {select} {_table.ColumnList} FROM pg_temp.{_staging}{order} ON CONFLICT ({_table.KeyList}) DO {change}";
    }

    private async ValueTask<string> DestinationAsync(long? written, CancellationToken cancellationToken)
    {
        if (written is { } version && version != _versions.Active)
        {
            if (!_versions.Has(version))
            {
                await _session.BeginAsync(cancellationToken).ConfigureAwait(false);
                await _versions.CreateAsync(_session.Connection, version, cancellationToken).ConfigureAwait(false);
            }

            return _versions.TableOf(version);
        }

        if (_table.Keys.Count == 0) return _table.FullName;
        _isStaged = true;
        if (!_hasStaging)
        {
            await _session.BeginAsync(cancellationToken).ConfigureAwait(false);
            await TargetTable.ExecuteAsync(_session.Connection, $"CREATE TEMPORARY TABLE {_staging} ON COMMIT DELETE ROWS AS SELECT {_table.ColumnList} FROM {_table.FullName} WITH NO DATA", cancellationToken).ConfigureAwait(false);
            _hasStaging = true;
        }

        return $"pg_temp.{_staging}";
    }

    /// <summary>Rows of one version that are not sent yet.</summary>
    /// <param name="Version">Null where the tap has none.</param>
    private sealed record Load(long? Version)
    {
        public SingerBuffer Rows { get; } = new();
    }
}
