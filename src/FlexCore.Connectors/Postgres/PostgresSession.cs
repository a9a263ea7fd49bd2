using FlexCore.Sdk.Targets;
using Npgsql;

namespace FlexCore.Connectors.Postgres;

/// <summary>A database that is written: all streams of a batch in one transaction, each by COPY.</summary>
internal sealed class PostgresSession(PostgresTargetSettings settings, NpgsqlConnection connection) : ITargetSession
{
    private readonly Dictionary<string, PostgresStream> _streams = new(StringComparer.Ordinal);
    private NpgsqlTransaction? _transaction;
    private string? _copying;
    private StreamWriter? _copy;

    public TargetBatch Batch { get; } = TargetBatch.Usual with { Interval = TimeSpan.FromSeconds(settings.BatchSeconds) };

    public NpgsqlConnection Connection => connection;

    public async ValueTask<IStreamWriter> BeginStreamAsync(StreamSchema schema, CancellationToken cancellationToken)
    {
        // Some taps say it again and again.
        var before = _streams.GetValueOrDefault(schema.Stream);
        if (before is not null && before.Schema.SaysTheSameAs(schema)) return before;

        // What has come so far goes into columns as they were.
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        return _streams[schema.Stream] = await TryAsync(schema.Stream, () => PostgresStream.BeginAsync(this, settings, schema, before, cancellationToken)).ConfigureAwait(false);
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        foreach (var stream in _streams.Values) await stream.DrainAsync(cancellationToken).ConfigureAwait(false);
        if (_transaction is null) return;
        foreach (var (name, stream) in _streams)
        {
            await TryAsync(name, async () =>
            {
                await EndCopyAsync().ConfigureAwait(false);
                await stream.MergeAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
        }

        await TryAsync("a batch", async () =>
        {
            await _transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        await _transaction.DisposeAsync().ConfigureAwait(false);
        _transaction = null;
    }

    /// <summary>Makes sure that a batch has begun, and that no COPY keeps other statements away.</summary>
    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        await EndCopyAsync().ConfigureAwait(false);
        _transaction ??= await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends rows, as a COPY that goes on while rows of the same table follow.</summary>
    /// <param name="stream">Whose rows they are.</param>
    /// <param name="statement">The COPY.</param>
    /// <param name="rows">In its text form.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public ValueTask<bool> SendAsync(string stream, string statement, ReadOnlyMemory<byte> rows, CancellationToken cancellationToken) => TryAsync(stream, async () =>
    {
        if (_copying != statement)
        {
            await BeginAsync(cancellationToken).ConfigureAwait(false);
            _copy = (StreamWriter)await connection.BeginTextImportAsync(statement, cancellationToken).ConfigureAwait(false);
            _copying = statement;
        }

        await _copy!.BaseStream.WriteAsync(rows, cancellationToken).ConfigureAwait(false);
        return true;
    });

    public async ValueTask DisposeAsync()
    {
        // What was not flushed was not promised: the connection takes it along.
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask EndCopyAsync()
    {
        if (_copy is null) return;
        var copy = _copy;
        (_copy, _copying) = (null, null);
        await copy.DisposeAsync().ConfigureAwait(false);
    }

    private static ValueTask<T> TryAsync<T>(string stream, Func<ValueTask<T>> work) => PostgresServer.TryAsync($"'{stream}' cannot be written", work);
}
