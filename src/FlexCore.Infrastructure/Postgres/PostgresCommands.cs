using FlexCore.Infrastructure.Clients;
using Npgsql;

namespace FlexCore.Infrastructure.Postgres;

/// <summary>Statements as the driver's commands, for a client and within a transaction alike.</summary>
internal static class PostgresCommands
{
    /// <summary>Gives a command its text and its parameters.</summary>
    public static NpgsqlCommand With(this NpgsqlCommand command, SqlStatement statement)
    {
#pragma warning disable CA2100 // The text is the caller's, what varies is in its parameters.
        command.CommandText = statement.Sql;
#pragma warning restore CA2100
        foreach (var value in statement.Parameters) command.Parameters.Add(ParameterOf(value));
        return command;
    }

    /// <summary>Adds statements to a batch.</summary>
    public static NpgsqlBatch With(this NpgsqlBatch batch, IEnumerable<SqlStatement> statements)
    {
        foreach (var statement in statements)
        {
            var command = new NpgsqlBatchCommand(statement.Sql);
            foreach (var value in statement.Parameters) command.Parameters.Add(ParameterOf(value));
            batch.BatchCommands.Add(command);
        }

        return batch;
    }

    /// <summary>Runs a command and reads all rows.</summary>
    public static async ValueTask<IReadOnlyList<T>> ReadAllAsync<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken)) rows.Add(read(reader));
        return rows;
    }

    /// <summary>Runs a command for the first value of its first row.</summary>
    public static async ValueTask<T?> ReadScalarAsync<T>(this NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) && !await reader.IsDBNullAsync(0, cancellationToken) ? await reader.GetFieldValueAsync<T>(0, cancellationToken) : default;
    }

    /// <summary>A name with its quotes.</summary>
    public static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    // A parameter that a caller made belongs to one command only, and an attempt is a command of its own.
    private static NpgsqlParameter ParameterOf(object? value) => value is NpgsqlParameter made ? made.Clone() : new NpgsqlParameter { Value = value ?? DBNull.Value };
}
