using System.Data.Common;

namespace FlexCore.EventStore.Projections;

/// <summary>The transaction in which a batch of events becomes part of the views.</summary>
public sealed class ViewTransaction
{
    private readonly string _suffix;

    internal ViewTransaction(DbTransaction transaction, string suffix)
    {
        Transaction = transaction;
        _suffix = suffix;
    }

    /// <summary>The connection, of Npgsql or Microsoft.Data.Sqlite.</summary>
    public DbConnection Connection => Transaction.Connection!;

    /// <summary>The transaction, which is not the projection's to end.</summary>
    public DbTransaction Transaction { get; }

    /// <summary>The table that is behind a view in this version of the projection, quoted for SQL.</summary>
    /// <param name="view">The name of the view.</param>
    /// <returns>For example <c>"runs_v2"</c>.</returns>
    public string Table(string view) => $"\"{view}{_suffix}\"";

    /// <summary>Runs statements.</summary>
    /// <param name="sql">The statements; parameters are written <c>@name</c>.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <param name="parameters">The parameters' names, without the sign, and values.</param>
    /// <returns>How many rows were written.</returns>
    /// <exception cref="DbException">The database refused it.</exception>
    public async ValueTask<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        using var command = Sql.Command(Connection, sql, parameters);
        command.Transaction = Transaction;
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
