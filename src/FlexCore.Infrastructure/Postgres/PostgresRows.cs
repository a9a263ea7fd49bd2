using FlexCore.Infrastructure.Clients;
using Npgsql;

namespace FlexCore.Infrastructure.Postgres;

/// <summary>Rows of an answer that is read bit by bit, over a connection of its own until the end.</summary>
internal sealed class PostgresRows : IAsyncDisposable
{
    private const int Most = 256;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _command;
    private NpgsqlDataReader? _reader;

    private PostgresRows(NpgsqlConnection connection, SqlStatement statement) => (_connection, _command) = (connection, connection.CreateCommand().With(statement));

    /// <summary>Whether there may be more.</summary>
    public bool HasMore { get; private set; } = true;

    /// <summary>Asks, and waits for the beginning of the answer.</summary>
    public static async ValueTask<PostgresRows> OpenAsync(NpgsqlDataSource source, SqlStatement statement, CancellationToken cancellationToken)
    {
        var rows = new PostgresRows(await source.OpenConnectionAsync(cancellationToken), statement);
        try
        {
            rows._reader = await rows._command.ExecuteReaderAsync(cancellationToken);
            return rows;
        }
        catch
        {
            await rows.DisposeAsync();
            throw;
        }
    }

    /// <summary>The next rows, 256 at most.</summary>
    public async ValueTask<IReadOnlyList<T>> ReadAsync<T>(Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        while (rows.Count < Most && (HasMore = await _reader!.ReadAsync(cancellationToken))) rows.Add(read(_reader));
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        if (_reader is not null)
        {
            // Or else all the rest would have to come before the connection is free.
            if (HasMore) _command.Cancel();
            await _reader.DisposeAsync();
        }

        await _command.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
