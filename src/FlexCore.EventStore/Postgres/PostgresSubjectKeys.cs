using FlexCore.EventStore.Erasure;
using Npgsql;
using NpgsqlTypes;

namespace FlexCore.EventStore.Postgres;

/// <summary>The table of keys of subjects. Each statement is a transaction of its own, and can be repeated.</summary>
internal sealed class PostgresSubjectKeys(PostgresDatabase database) : ISubjectKeys
{
    private const string Columns = "SELECT key_id, subject, wrapped, erasure FROM subject_keys";

    public ValueTask<byte[]?> GetMasterAsync(byte[]? first, CancellationToken cancellationToken) => database.DoAsync(
        async (connection, token) =>
        {
            if (first is not null) await ExecuteAsync(connection, "INSERT INTO subject_master (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING", token, Bytes(first)).ConfigureAwait(false);
            using var command = new NpgsqlCommand("SELECT fingerprint FROM subject_master", connection);
            return (byte[]?)await command.ExecuteScalarAsync(token).ConfigureAwait(false);
        },
        cancellationToken);

    public ValueTask<SubjectKey> GetOrAddAsync(SubjectKey fresh, CancellationToken cancellationToken) => database.DoAsync(
        async (connection, token) =>
        {
            const string Sql = "INSERT INTO subject_keys (key_id, subject, wrapped) VALUES ($1, $2, $3) ON CONFLICT (subject) WHERE wrapped IS NOT NULL DO NOTHING";
            while (true)
            {
                // Again when another process has made a key that was destroyed since.
                if (await ReadAsync(connection, $"{Columns} WHERE subject = $1 AND wrapped IS NOT NULL", Bytes(fresh.Subject), token).ConfigureAwait(false) is [var used]) return used;
                await ExecuteAsync(connection, Sql, token, new NpgsqlParameter<Guid> { TypedValue = fresh.Id }, Bytes(fresh.Subject), Bytes(fresh.Wrapped!)).ConfigureAwait(false);
            }
        },
        cancellationToken);

    public ValueTask<IReadOnlyList<SubjectKey>> FindAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken) => database.DoAsync(
        (connection, token) => ReadAsync(connection, $"{Columns} WHERE key_id = ANY ($1)", new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] }, token), cancellationToken);

    public ValueTask<IReadOnlyList<SubjectKey>> ListAsync(byte[] subject, CancellationToken cancellationToken) => database.DoAsync(
        (connection, token) => ReadAsync(connection, $"{Columns} WHERE subject = $1", Bytes(subject), token), cancellationToken);

    public async ValueTask DestroyAsync(IReadOnlyList<SubjectKey> destroyed, CancellationToken cancellationToken)
    {
        if (destroyed.Count == 0) return;
        const string Sql =
            "INSERT INTO subject_keys AS k (key_id, subject, erasure) SELECT * FROM unnest($1, $2, $3) ORDER BY 1 "
            + "ON CONFLICT (key_id) DO UPDATE SET wrapped = NULL, erasure = excluded.erasure WHERE k.wrapped IS NOT NULL";
        await database.DoAsync(
            async (connection, token) =>
            {
                await ExecuteAsync(
                    connection,
                    Sql,
                    token,
                    new NpgsqlParameter<Guid[]> { TypedValue = [.. destroyed.Select(key => key.Id)] },
                    new NpgsqlParameter<byte[][]> { TypedValue = [.. destroyed.Select(key => key.Subject)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                    new NpgsqlParameter<Guid[]> { TypedValue = [.. destroyed.Select(key => key.Erasure!.Value)] }).ConfigureAwait(false);

                // The server keeps the row as it was until somebody cleans up.
                return await ExecuteAsync(connection, "VACUUM subject_keys", token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<IReadOnlyList<SubjectKey>> ReadAsync(NpgsqlConnection connection, string sql, NpgsqlParameter parameter, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Constants of ours.
        using var command = new NpgsqlCommand(sql, connection) { Parameters = { parameter } };
#pragma warning restore CA2100
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var found = new List<SubjectKey>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            found.Add(new SubjectKey(
                reader.GetGuid(0), reader.GetFieldValue<byte[]>(1), reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2), reader.IsDBNull(3) ? null : reader.GetGuid(3)));
        }

        return found;
    }

    private static async ValueTask<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
#pragma warning disable CA2100 // Constants of ours.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.Parameters.AddRange(parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static NpgsqlParameter<byte[]> Bytes(byte[] value) => new() { TypedValue = value };
}
