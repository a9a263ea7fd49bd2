using System.Data.Common;
using FlexCore.EventStore.Projections;
using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>Views in the store's own database, on connections whose planner is free.</summary>
internal sealed class PostgresViews(PostgresDatabase database) : IViewDatabase
{
    private const string Lock = "1179404355, -2"; // "FLXC", and no log's number

    private volatile bool _isReady;

    /// <summary>Behind us, who wait for a long question, all others would wait too: so not for long, and again later.</summary>
    public string BeforeSwitch => "SET LOCAL lock_timeout = '200ms'";

    public async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await database.ConnectForViewsAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isReady) await PrepareAsync(connection, cancellationToken).ConfigureAwait(false);
            _isReady = true;
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>One at a time: of two that make a table that is not there, the server lets one fail.</summary>
    private static async ValueTask PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        using var command = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({Lock}); {Builds.Schema}", connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }
}
