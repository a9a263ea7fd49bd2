using FlexCore.Domain.Errors;

namespace FlexCore.Application.Ports;

/// <summary>Databases that pipelines work on.</summary>
public interface ISqlDatabases
{
    /// <summary>Does several things in one transaction, all or none of them; once, for what they read and write outside it is not undone.</summary>
    /// <param name="database">Which one.</param>
    /// <param name="work">What is done. When it throws, the transaction is rolled back.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="FlexCoreException">The database cannot be reached, or does not take what was asked.</exception>
    Task<T> InTransactionAsync<T>(SqlDatabase database, Func<ISqlTransaction, CancellationToken, Task<T>> work, CancellationToken cancellationToken);
}

/// <summary>What can be done within a transaction.</summary>
public interface ISqlTransaction
{
    /// <summary>Does statements.</summary>
    /// <param name="sql">One or several, with <c>@name</c> for parameters.</param>
    /// <param name="parameters">By name; those that it does not name are passed over.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>How many rows were changed.</returns>
    Task<long> ExecuteAsync(string sql, IReadOnlyList<KeyValuePair<string, SqlValue>> parameters, CancellationToken cancellationToken);

    /// <summary>Writes any number of rows, the fastest way that the database has.</summary>
    /// <param name="table">The table, or <c>schema.table</c>.</param>
    /// <param name="columns">Its columns that are written.</param>
    /// <param name="rows">A value for each of them.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>How many.</returns>
    Task<long> LoadAsync(string table, IReadOnlyList<string> columns, IAsyncEnumerable<IReadOnlyList<SqlValue>> rows, CancellationToken cancellationToken);

    /// <summary>Asks for any number of rows, which come one by one.</summary>
    /// <param name="sql">The query, with <c>@name</c> for parameters.</param>
    /// <param name="parameters">By name.</param>
    /// <param name="take">Takes them, to the end.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task ReadAsync(string sql, IReadOnlyList<KeyValuePair<string, SqlValue>> parameters, Func<SqlRows, Task> take, CancellationToken cancellationToken);
}

/// <summary>A database: either a server of PostgreSQL or a file of SQLite.</summary>
/// <param name="File">The file; null for a server.</param>
/// <param name="Server">The server; null for a file.</param>
public sealed record SqlDatabase(string? File, PostgresAddress? Server);

/// <summary>How a server of PostgreSQL is reached.</summary>
/// <param name="Host">Its host.</param>
/// <param name="Port">Its port.</param>
/// <param name="Database">The database.</param>
/// <param name="User">Who asks.</param>
/// <param name="Password">Their password; null where none is needed.</param>
/// <param name="Tls">How the connection is kept from others.</param>
public sealed record PostgresAddress(string Host, int Port, string Database, string User, string? Password, SqlTls Tls);

/// <summary>How a connection to a database is kept from others.</summary>
public enum SqlTls
{
    /// <summary>By TLS if the server has it.</summary>
    Prefer,

    /// <summary>Not at all.</summary>
    Off,

    /// <summary>By TLS, whoever the server is.</summary>
    Require,

    /// <summary>By TLS, and the server proves who it is.</summary>
    Verify,
}

/// <summary>The rows of an answer.</summary>
/// <param name="Columns">The names of its columns.</param>
/// <param name="Rows">Read once.</param>
public sealed record SqlRows(IReadOnlyList<string> Columns, IAsyncEnumerable<IReadOnlyList<SqlValue>> Rows);

/// <summary>A value in a row or of a parameter.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">How it is written: a number and JSON as in JSON, a boolean as <c>true</c> or <c>false</c>; null for SQL's null.</param>
public readonly record struct SqlValue(SqlValueKind Kind, string? Text)
{
    /// <summary>SQL's null.</summary>
    public static SqlValue Null => default;
}

/// <summary>What a <see cref="SqlValue"/> is.</summary>
public enum SqlValueKind
{
    /// <summary>Nothing.</summary>
    Null,

    /// <summary>A text, and whatever else has no form of its own in JSON.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A boolean.</summary>
    Boolean,

    /// <summary>An object or a list.</summary>
    Json,
}
