using System.Data.Common;

namespace FlexCore.EventStore.Projections;

/// <summary>What is known of the tables of projections, in the database that has them.</summary>
/// <remarks>Each transaction writes its row here before it touches tables: so those that meet wait for each other, and not crosswise.</remarks>
internal sealed class Builds(IViewDatabase database)
{
    /// <summary>What both databases understand.</summary>
    internal const string Schema =
        """
        CREATE TABLE IF NOT EXISTS projections (
            name text NOT NULL, version int NOT NULL, generation int NOT NULL, views text NOT NULL, position bigint NOT NULL,
            epoch bigint NOT NULL, is_serving int NOT NULL, effects_after bigint NOT NULL, PRIMARY KEY (name, version, generation))
        """;

    private const string ThisOne = "WHERE name = @name AND version = @version AND generation = @generation";

    /// <summary>All builds of a projection, of all versions.</summary>
    public async ValueTask<IReadOnlyList<Build>> ListAsync(string projection, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        return await ListAsync(connection, transaction: null, projection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does all of some work, or nothing.</summary>
    public async ValueTask<T> DoAsync<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var ending = transaction.ConfigureAwait(false);
        var result = await work(transaction).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <summary>Makes the tables of a version, if there are none, and takes over what there is under a new claim.</summary>
    /// <remarks>The number of the claim may be lower than the one before: views in a file of their own can outlive a store that was restored.</remarks>
    public ValueTask<bool> BeginAsync(Projection projection, long epoch, CancellationToken cancellationToken) => DoAsync(
        async transaction =>
        {
            var views = new ViewTransaction(transaction, "");
            var known = await views.ExecuteAsync(
                "UPDATE projections SET epoch = @epoch WHERE name = @name AND version = @version",
                cancellationToken, ("name", projection.Name), ("version", projection.Version), ("epoch", epoch)).ConfigureAwait(false);
            var all = await ListAsync(views.Connection, transaction, projection.Name, cancellationToken).ConfigureAwait(false);
            if (known == 0 && !all.Any(build => build.IsServing && build.Version > projection.Version)) await AddAsync(projection, 0, epoch, transaction, cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Begins to make the tables of a version anew; what another rebuild has made so far is dropped.</summary>
    public ValueTask<bool> RebuildAsync(Projection projection, CancellationToken cancellationToken) => DoAsync(
        async transaction =>
        {
            var views = new ViewTransaction(transaction, "");
            var mine = (await ListAsync(views.Connection, transaction, projection.Name, cancellationToken).ConfigureAwait(false)).Where(build => build.Version == projection.Version).ToList();
            if (mine.Count == 0) return false;
            foreach (var build in mine.Where(build => !build.IsServing)) await RemoveAsync(build, transaction, cancellationToken).ConfigureAwait(false);
            await AddAsync(projection, mine[^1].Generation + 1, mine[^1].Epoch, transaction, cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Moves the position of a build, if it is where it is thought to be and the claim is the newest.</summary>
    public static async ValueTask<bool> TryMoveAsync(Build build, long position, ViewTransaction views, CancellationToken cancellationToken) => await views.ExecuteAsync(
        $"UPDATE projections SET position = @to {ThisOne} AND position = @from AND epoch = @epoch",
        cancellationToken,
        [.. Key(build), ("to", position), ("from", build.Position), ("epoch", build.Epoch)]).ConfigureAwait(false) == 1;

    /// <summary>Makes a build the one that serves, and drops all that it replaces: whoever reads sees the one or the other.</summary>
    public ValueTask<bool> ServeAsync(Build build, CancellationToken cancellationToken) => DoAsync(
        async transaction =>
        {
            var views = new ViewTransaction(transaction, build.Suffix);
            if (database.BeforeSwitch is { } settings) await views.ExecuteAsync(settings, cancellationToken).ConfigureAwait(false);
            if (!await TryMoveAsync(build, build.Position, views, cancellationToken).ConfigureAwait(false)) return false;
            var all = await ListAsync(views.Connection, transaction, build.Projection, cancellationToken).ConfigureAwait(false);
            if (all.Any(other => other.IsServing && other.Version > build.Version))
            {
                await RemoveAsync(build, transaction, cancellationToken).ConfigureAwait(false);
                return false;
            }

            var replaced = all.Where(other => other.Version <= build.Version && (other.Version, other.Generation) != (build.Version, build.Generation)).ToList();

            // What an earlier version told the world until now must not be told again.
            var told = replaced.Where(other => other.IsServing).Select(other => other.Position).Append(build.Position).Max();
            await views.ExecuteAsync($"UPDATE projections SET is_serving = 1, effects_after = @told {ThisOne}", cancellationToken, [.. Key(build), ("told", told)]).ConfigureAwait(false);
            foreach (var other in replaced) await RemoveAsync(other, transaction, cancellationToken).ConfigureAwait(false);
            foreach (var view in build.ViewNames) await views.ExecuteAsync($"CREATE VIEW \"{view}\" AS SELECT * FROM {views.Table(view)}", cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    private static async ValueTask AddAsync(Projection projection, int generation, long epoch, DbTransaction transaction, CancellationToken cancellationToken)
    {
        var build = new Build(projection.Name, projection.Version, generation, string.Join(' ', projection.Views), 0, epoch, IsServing: false, 0);
        var views = new ViewTransaction(transaction, build.Suffix);
        await views.ExecuteAsync(
            "INSERT INTO projections (name, version, generation, views, position, epoch, is_serving, effects_after) VALUES (@name, @version, @generation, @views, 0, @epoch, 0, 0)",
            cancellationToken,
            [.. Key(build), ("views", build.Views), ("epoch", epoch)]).ConfigureAwait(false);
        await projection.CreateAsync(views, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask RemoveAsync(Build build, DbTransaction transaction, CancellationToken cancellationToken)
    {
        var views = new ViewTransaction(transaction, build.Suffix);

        // Another process may have made it the one that serves since it was looked at, or removed it.
        if (await views.ExecuteAsync($"DELETE FROM projections {ThisOne} AND is_serving = @serving", cancellationToken, [.. Key(build), ("serving", build.IsServing ? 1 : 0)]).ConfigureAwait(false) == 0) return;
        foreach (var view in build.ViewNames)
        {
            // Those who read lock the view first, too.
            if (build.IsServing) await views.ExecuteAsync($"DROP VIEW IF EXISTS \"{view}\"", cancellationToken).ConfigureAwait(false);
            await views.ExecuteAsync($"DROP TABLE IF EXISTS {views.Table(view)}", cancellationToken).ConfigureAwait(false);
        }
    }

    private static (string Name, object? Value)[] Key(Build build) => [("name", build.Projection), ("version", build.Version), ("generation", build.Generation)];

    private static async ValueTask<IReadOnlyList<Build>> ListAsync(DbConnection connection, DbTransaction? transaction, string projection, CancellationToken cancellationToken)
    {
        using var command = Sql.Command(
            connection,
            "SELECT version, generation, views, position, epoch, is_serving, effects_after FROM projections WHERE name = @name ORDER BY version, generation",
            ("name", projection));
        command.Transaction = transaction;
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var builds = new List<Build>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            builds.Add(new Build(
                projection, reader.GetInt32(0), reader.GetInt32(1), reader.GetString(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt32(5) == 1, reader.GetInt64(6)));
        }

        return builds;
    }
}
