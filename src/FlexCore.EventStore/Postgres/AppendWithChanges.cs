using FlexCore.EventStore.Appending;
using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>
/// Appends events and changes tables of the callers. All statements go to the server together and are one transaction there: a client that stops in the middle keeps nobody waiting.
/// So the server itself must break off when one of them does not find what it must: it divides by the number of rows.
/// </summary>
internal static class AppendWithChanges
{
    private const string Append = $"SELECT position, 1 / (position IS NOT NULL)::int FROM {AppendEvents.Call} position";

    /// <returns>The position before the first event; null when a stream does not end there any more, an id is taken, or a change is refused, which its append then knows.</returns>
    public static async ValueTask<long?> TryAsync(
        NpgsqlConnection connection, AppendBatch batch, IReadOnlyList<StreamHead> heads, LogHash[] hashes, long archived, DateTime createdAt, CancellationToken cancellationToken)
    {
        using var statements = new NpgsqlBatch(connection);
        var append = new NpgsqlBatchCommand(Append);
        foreach (var parameter in new EventParameters().Fill(batch, heads, hashes, archived, createdAt)) append.Parameters.Add(parameter);
        statements.BatchCommands.Add(append);
        var changes = batch.Appends.SelectMany(pending => pending.Changes.Select(change => (pending, change))).ToList();
        foreach (var (_, change) in changes) statements.BatchCommands.Add(Command(change));
        try
        {
            using var reader = await statements.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var position = reader.GetInt64(0);
            while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
            {
            }

            return position;
        }
        catch (PostgresException e) when (IsRefusal(e))
        {
            var failed = statements.BatchCommands.IndexOf((NpgsqlBatchCommand)e.BatchCommand!);
            if (failed == 0 && e.SqlState is not (PostgresErrorCodes.DivisionByZero or PostgresErrorCodes.UniqueViolation)) throw;
            if (failed == 0) return null;
            var (pending, change) = changes[failed - 1];
            pending.Refusal = new TableChangeRefusedException(change, e.SqlState == PostgresErrorCodes.DivisionByZero ? null : e.MessageText, e);
            return null;
        }
    }

    private static NpgsqlBatchCommand Command(TableChange change)
    {
#pragma warning disable CA2100 // The caller's statement; what comes from outside is in its parameters.
        var command = new NpgsqlBatchCommand(change.MustMatch ? $"WITH matched AS ({change.Sql}) SELECT 1 / count(*) FROM matched" : change.Sql);
#pragma warning restore CA2100
        foreach (var value in change.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }

    /// <summary>By the classes of SQLSTATE: data exception, integrity constraint violation, syntax error or access rule violation, PL/pgSQL error.</summary>
    private static bool IsRefusal(PostgresException e) => e.SqlState.AsSpan(0, 2) is "22" or "23" or "42" or "P0";
}
