using System.Data;
using System.Net.Sockets;
using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>The connections of a store, and what to do when one is lost.</summary>
internal sealed class PostgresDatabase : IAsyncDisposable
{
    /// <summary>How long to try again when the server cannot be reached, before the caller hears of it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);

    // A server on the other side of a dead network must notice, or it keeps a dead client's locks.
    private const string KeepAlives = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3";

    // Every statement of ours has one good plan, by an index, which the planner does not always see: a table that was empty when the plan
    // was made, or arrays of unknown length.
    private const string Plans =
        "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off";

    /// <summary>The advisory lock under which positions are given: "FLXC", and this log among others of the database. The migrations name it too.</summary>
    public const string LogLock = "1179404355, 'events'::regclass::oid::int";

    private readonly NpgsqlDataSource _connections;
    private readonly NpgsqlDataSource _alone;
    private readonly NpgsqlDataSource _forViews;
    private readonly TimeProvider _timeProvider;

    public PostgresDatabase(string connectionString, string schema, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        Schema = schema;
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException e)
        {
            // Not its words: they quote the connection string, and with it the password.
            throw new EventStoreUnavailableException(
                EventStoreUnavailableException.CannotOpen,
                $"The connection string of the event store cannot be read ({e.GetType().Name}). It is of the form Host=db;Database=flexcore;Username=flexcore;Password=….");
        }

        settings.SearchPath = schema;
        settings.Options = $"{settings.Options} {KeepAlives}".Trim();
        settings.ApplicationName ??= "flexcore";
        settings.KeepAlive = settings.KeepAlive == 0 ? 5 : settings.KeepAlive;
        settings.IncludeErrorDetail = false;

        // Seven statements before the next one; nobody here leaves anything behind in a session but those who have one alone.
        settings.NoResetOnClose = true;

        // Which of several changes was refused: see AppendWithChanges.
        settings.IncludeFailedBatchedCommand = true;
        Name = $"{settings.Host}:{settings.Port}/{settings.Database}";
        _forViews = NpgsqlDataSource.Create(settings);
        settings.Options = $"{settings.Options} {Plans}";
        settings.MaxAutoPrepare = Math.Max(settings.MaxAutoPrepare, 32);
        settings.AutoPrepareMinUsages = 2;
        _connections = NpgsqlDataSource.Create(settings);
        settings.Pooling = false;
        _alone = NpgsqlDataSource.Create(settings);
    }

    /// <summary>Server and database, for people.</summary>
    public string Name { get; }

    /// <summary>Server, database and schema, for people.</summary>
    public string Place => $"{Name}, schema {Schema}";

    /// <summary>The schema in which the tables are.</summary>
    public string Schema { get; }

    public ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken) => _connections.OpenConnectionAsync(cancellationToken);

    /// <summary>A session that ends with its connection, and whatever it has locked with it.</summary>
    public ValueTask<NpgsqlConnection> ConnectAloneAsync(CancellationToken cancellationToken) => _alone.OpenConnectionAsync(cancellationToken);

    /// <summary>For statements that are not ours: their plans are left to the planner, and not kept, as what is behind a view changes.</summary>
    public ValueTask<NpgsqlConnection> ConnectForViewsAsync(CancellationToken cancellationToken) => _forViews.OpenConnectionAsync(cancellationToken);

    /// <summary>Does some work on a connection; when that is lost, again on another one, for some seconds. So the work must be such that it can be repeated.</summary>
    public async ValueTask<T> DoAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        return await RepeatAsync(
            async token =>
            {
                var connection = await ConnectAsync(token).ConfigureAwait(false);
                await using var _ = connection.ConfigureAwait(false);
                return await UseAsync(connection, () => work(connection, token)).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does some work on a connection that may have been lost while nobody used it, which is no mistake of the work.</summary>
    public static async ValueTask<T> UseAsync<T>(NpgsqlConnection connection, Func<ValueTask<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (InvalidOperationException e) when (connection.State != ConnectionState.Open)
        {
            throw new NpgsqlException("The connection was lost.", e);
        }
    }

    /// <summary>Does some work that finds its own connection, and repeats it likewise.</summary>
    public async ValueTask<T> RepeatAsync<T>(Func<CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        var started = _timeProvider.GetTimestamp();
        var delay = FirstDelay;
        while (true)
        {
            try
            {
                return await work(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (IsLost(e) && _timeProvider.GetElapsedTime(started) + delay < Patience)
            {
                await Task.Delay(delay, _timeProvider, cancellationToken).ConfigureAwait(false);
                delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
            }
            catch (Exception e) when (e is NpgsqlException or SocketException or IOException or TimeoutException)
            {
                throw PostgresFailure.Describe(Name, e);
            }
        }
    }

    /// <summary>Runs statements without parameters.</summary>
    public static async ValueTask ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Constants of ours, and migrations.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _connections.DisposeAsync().ConfigureAwait(false);
        await _alone.DisposeAsync().ConfigureAwait(false);
        await _forViews.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Whether the connection, and not the work, has failed.</summary>
    private static bool IsLost(Exception e) => e switch
    {
        PostgresException server => server.SqlState is
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections
            or PostgresErrorCodes.ConnectionFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure,
        NpgsqlException { InnerException: TimeoutException } => false,
        NpgsqlException or SocketException or IOException => true,
        _ => false,
    };
}
