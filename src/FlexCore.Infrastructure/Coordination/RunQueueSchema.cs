using System.Data.Common;
using FlexCore.Domain.Errors;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Events;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>The tables of the queue beside those of the log, made when they are first needed. What was applied is written down in <c>run_queue_migrations</c>.</summary>
/// <param name="store">The log.</param>
/// <param name="kind">The kind of database: how the names of its migrations begin.</param>
/// <param name="begin">Begins the transaction in which nobody else does the same.</param>
internal sealed class RunQueueSchema(IEventStore store, string kind, string begin) : IDisposable
{
    private readonly SemaphoreSlim _ensuring = new(1);
    private volatile bool _isEnsured;

    /// <summary>Brings the tables to the version that this program knows, once. Of several that try at once one works and the others wait.</summary>
    /// <param name="cancellationToken">Gives it up; then nothing is applied.</param>
    public async ValueTask EnsureAsync(CancellationToken cancellationToken)
    {
        if (_isEnsured) return;
        await _ensuring.WaitAsync(cancellationToken);
        try
        {
            if (!_isEnsured) await EventLog.Translate(() => store.UseTablesAsync(ApplyAsync, cancellationToken));
            _isEnsured = true;
        }
        finally
        {
            _ensuring.Release();
        }
    }

    public void Dispose() => _ensuring.Dispose();

    /// <returns>True.</returns>
    private async ValueTask<bool> ApplyAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, begin, cancellationToken);
        try
        {
            await ExecuteAsync(connection, "CREATE TABLE IF NOT EXISTS run_queue_migrations (version integer PRIMARY KEY, name text NOT NULL)", cancellationToken);
            var known = Migrations();
            var version = Convert.ToInt32(await ExecuteAsync(connection, "SELECT coalesce(max(version), 0) FROM run_queue_migrations", cancellationToken));
            if (version > known.Count)
            {
                throw new FlexCoreException(new Error(
                    ErrorCodes.StoreUnusable, $"the run queue has schema version {version}, and this program knows versions up to {known.Count}. Use the newer FlexCore that made it."));
            }

            foreach (var (number, name) in known.Skip(version))
            {
                using var file = new StreamReader(typeof(RunQueueSchema).Assembly.GetManifestResourceStream(name)!);
                await ExecuteAsync(connection, await file.ReadToEndAsync(cancellationToken), cancellationToken);
                await ExecuteAsync(connection, $"INSERT INTO run_queue_migrations VALUES ({number}, '{name}')", cancellationToken);
            }

            await ExecuteAsync(connection, "COMMIT", cancellationToken);
            return true;
        }
        catch
        {
            await ExecuteAsync(connection, "ROLLBACK", CancellationToken.None);
            throw;
        }
    }

    private List<(int Number, string Name)> Migrations() =>
        [.. typeof(RunQueueSchema).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith($"RunQueue/{kind}-", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select((name, i) => (i + 1, name))];

    private static async ValueTask<object?> ExecuteAsync(DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of ours, and migrations.
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
