using FlexCore.Domain.Errors;
using Microsoft.Data.Sqlite;

namespace FlexCore.Infrastructure;

/// <summary>Statements on a connection to SQLite, which does them on the calling thread.</summary>
internal static class SqliteStatements
{
    /// <returns>How many rows were changed.</returns>
    public static int Execute(this SqliteConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    public static List<T> Read<T>(this SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, params (string Name, object? Value)[] parameters)
    {
        using var command = connection.Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    /// <returns>The statement, to be done and disposed of.</returns>
    public static SqliteCommand Command(this SqliteConnection connection, string sql, params IReadOnlyList<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Made of constants; what comes from outside is in the parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    /// <summary>What a failure means, by SQLite's result codes (https://www.sqlite.org/rescode.html).</summary>
    public static ErrorCode Code(this SqliteException e) => e.SqliteErrorCode switch
    {
        13 => ErrorCodes.DiskFull, // SQLITE_FULL
        10 when e.SqliteExtendedErrorCode == 4874 => ErrorCodes.DiskFull, // SQLITE_IOERR_SHMSIZE: the index of the write-ahead log could not grow
        5 or 6 or 15 => ErrorCodes.StoreBusy, // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL
        11 or 26 => ErrorCodes.StoreUnusable, // SQLITE_CORRUPT, SQLITE_NOTADB
        _ => ErrorCodes.StoreUnavailable,
    };
}
