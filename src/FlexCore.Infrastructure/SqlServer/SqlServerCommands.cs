using System.Data.Common;
using FlexCore.Infrastructure.Clients;
using Microsoft.Data.SqlClient;

namespace FlexCore.Infrastructure.SqlServer;

/// <summary>Statements as the driver's commands, for a client and within a transaction alike.</summary>
internal static class SqlServerCommands
{
    /// <summary>A command of a statement.</summary>
    /// <param name="connection">Is open.</param>
    /// <param name="statement">Its text and its parameters.</param>
    /// <param name="transaction">The one that is under way on the connection; null for none.</param>
    public static SqlCommand CommandOf(this SqlConnection connection, SqlStatement statement, SqlTransaction? transaction = null)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is the caller's, what varies is in its parameters.
        command.CommandText = statement.Sql;
#pragma warning restore CA2100
        command.Transaction = transaction;
        foreach (var (place, value) in statement.Parameters.Index()) command.Parameters.Add(ParameterOf(place, value));
        return command;
    }

    /// <summary>Runs a command and reads all rows.</summary>
    public static async ValueTask<IReadOnlyList<T>> ReadAllAsync<T>(this SqlCommand command, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken)) rows.Add(read(reader));
        return rows;
    }

    /// <summary>Runs a command for the first value of its first row.</summary>
    public static async ValueTask<T?> ReadScalarAsync<T>(this SqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) && !await reader.IsDBNullAsync(0, cancellationToken) ? await reader.GetFieldValueAsync<T>(0, cancellationToken) : default;
    }

    /// <summary>A name with its brackets.</summary>
    public static string Quoted(string name) => $"[{name.Replace("]", "]]", StringComparison.Ordinal)}]";

    // A parameter that a caller made belongs to one command only, and an attempt is a command of its own.
    private static SqlParameter ParameterOf(int place, object? value)
    {
        var parameter = value is SqlParameter made ? (SqlParameter)((ICloneable)made).Clone() : new SqlParameter { Value = value ?? DBNull.Value };
        parameter.ParameterName = FormattableString.Invariant($"@p{place + 1}");
        return parameter;
    }
}
