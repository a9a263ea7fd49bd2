using FlexCore.EventStore.Appending;
using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>Appends any number of events in any number of streams, behind what is known to be their ends.</summary>
internal sealed class AppendEvents : IDisposable
{
    /// <summary>The function of the server that does it; see the migrations.</summary>
    public const string Call = "append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

    private readonly NpgsqlCommand _command;
    private readonly EventParameters _parameters = new();

    public AppendEvents(NpgsqlConnection connection)
    {
        _command = new NpgsqlCommand($"SELECT {Call}", connection);
        foreach (var parameter in _parameters.InOrder) _command.Parameters.Add(parameter);
    }

    /// <returns>The position before the first event; null when a stream does not end there any more, an id is taken, or more has left the log than <paramref name="archived"/>.</returns>
    public async ValueTask<long?> TryAsync(AppendBatch batch, IReadOnlyList<StreamHead> heads, LogHash[] hashes, long archived, DateTime createdAt, CancellationToken cancellationToken)
    {
        _parameters.Fill(batch, heads, hashes, archived, createdAt);
        if (!_command.IsPrepared) await _command.PrepareAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var reader = await _command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            long? position = reader.IsDBNull(0) ? null : reader.GetInt64(0);

            // The row comes before the commit, and says nothing of it.
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            return position;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return null;
        }
    }

    public void Dispose() => _command.Dispose();
}
