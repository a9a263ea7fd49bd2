using System.Data;
using System.Runtime.CompilerServices;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FlexCore.Infrastructure.Postgres;

/// <summary>A PostgreSQL database, over one pool of connections for all who ask. Neither statements nor parameters nor rows are in the log or in an error.</summary>
public sealed partial class PostgresClient : SystemClient
{
    private static readonly SystemTelemetry Telemetry = new("postgresql", SystemKind.Database);

    private static readonly Operation Query = new("query");
    private static readonly Operation QueryAgain = Query with { MayRepeat = true };
    private static readonly Operation Fetch = new("fetch");
    private static readonly Operation Execute = new("execute");
    private static readonly Operation ExecuteAgain = Execute with { MayRepeat = true };
    private static readonly Operation Batch = new("batch");
    private static readonly Operation BatchAgain = Batch with { MayRepeat = true };
    private static readonly Operation Transaction = new("transaction", MayRepeat: true);

    private readonly NpgsqlDataSource _source;

    internal PostgresClient(string name, PostgresOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time) => _source = NpgsqlDataSource.Create(options.Read());

    /// <summary>Asks for rows.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="read">Makes something of the row at which the reader is.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>All of them.</returns>
    public ValueTask<IReadOnlyList<T>> QueryAsync<T>(SqlStatement statement, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) => RunAsync(
        statement.MayRepeat ? QueryAgain : Query,
        resource: null,
        (_source, statement, read),
        static async (call, token) =>
        {
            await using var command = call._source.CreateCommand().With(call.statement);
            return await command.ReadAllAsync(call.read, token);
        },
        cancellationToken);

    /// <summary>Asks for rows that come bit by bit, so that there may be any number of them. The limit of time holds for the first answer and for each bit, not for all; attempts are over with the first row.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="read">Makes something of the row at which the reader is.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async IAsyncEnumerable<T> StreamAsync<T>(SqlStatement statement, Func<NpgsqlDataReader, T> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var rows = await RunAsync(
            statement.MayRepeat ? QueryAgain : Query, resource: null, (_source, statement), static (call, token) => PostgresRows.OpenAsync(call._source, call.statement, token), cancellationToken);
        while (rows.HasMore)
        {
            foreach (var row in await RunAsync(Fetch, resource: null, (rows, read), static (call, token) => call.rows.ReadAsync(call.read, token), cancellationToken)) yield return row;
        }
    }

    /// <summary>Asks for one value: the first of the first row.</summary>
    /// <returns>The default of its type where there is no row, or null there.</returns>
    public ValueTask<T?> ScalarAsync<T>(SqlStatement statement, CancellationToken cancellationToken) => RunAsync(
        statement.MayRepeat ? QueryAgain : Query,
        resource: null,
        (_source, statement),
        static async (call, token) =>
        {
            await using var command = call._source.CreateCommand().With(call.statement);
            return await command.ReadScalarAsync<T>(token);
        },
        cancellationToken);

    /// <summary>Changes something.</summary>
    /// <returns>How many rows; -1 where that means nothing.</returns>
    public ValueTask<int> ExecuteAsync(SqlStatement statement, CancellationToken cancellationToken) => RunAsync(
        statement.MayRepeat ? ExecuteAgain : Execute,
        resource: null,
        (_source, statement),
        static async (call, token) =>
        {
            await using var command = call._source.CreateCommand().With(call.statement);
            return await command.ExecuteNonQueryAsync(token);
        },
        cancellationToken);

    /// <summary>Does several things with one question, all or none of them.</summary>
    /// <returns>How many rows were changed in all.</returns>
    public ValueTask<int> BatchAsync(IReadOnlyList<SqlStatement> statements, CancellationToken cancellationToken) => RunAsync(
        statements.All(statement => statement.MayRepeat) ? BatchAgain : Batch,
        resource: null,
        (_source, statements),
        static async (call, token) =>
        {
            await using var batch = call._source.CreateBatch().With(call.statements);
            return await batch.ExecuteNonQueryAsync(token);
        },
        cancellationToken);

    /// <summary>Does several things, all or none of them. When the server gives the transaction up for another's sake, or goes away before its end, all the work is done again from its beginning.</summary>
    /// <param name="work">The work; rolled back when it throws. What it does outside this transaction may be done several times.</param>
    /// <param name="isolation">What it sees of others meanwhile (https://www.postgresql.org/docs/current/transaction-iso.html).</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="FlexCoreException">Also when the connection broke while the end was told: then nobody knows whether it was done, and it is not tried again.</exception>
    public ValueTask<T> InTransactionAsync<T>(Func<PostgresTransaction, CancellationToken, ValueTask<T>> work, IsolationLevel isolation, CancellationToken cancellationToken) => RunAsync(
        Transaction,
        resource: null,
        (Client: this, work, isolation),
        static async (call, token) =>
        {
            await using var connection = await call.Client._source.OpenConnectionAsync(token);
            await using var transaction = await connection.BeginTransactionAsync(call.isolation, token);
            var result = await call.work(new PostgresTransaction(connection), token);
            try
            {
                await transaction.CommitAsync(token);
            }
            catch (NpgsqlException e) when (e is not PostgresException)
            {
                // Not a failure that is tried again.
                throw new FlexCoreException(new Error(ErrorCodes.SystemUnreachable, $"{call.Client.Name}: commit: the connection broke; it is not known whether the transaction was done"), e);
            }

            return result;
        },
        cancellationToken);

    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand("SELECT 1");
        await command.ExecuteScalarAsync(cancellationToken);
        return null;
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps() => [_ => _source.DisposeAsync()];

    private protected override CallFailure? Understand(Exception failure) => failure switch
    {
        PostgresException refused => new CallFailure(KindOf(refused.SqlState), MessageOf(refused)),
        NpgsqlException { InnerException: TimeoutException } late => new CallFailure(FailureKind.Timeout, late.Message),
        NpgsqlException away => new CallFailure(FailureKind.Unreachable, away.Message),
        _ => null,
    };

    /// <summary>The first two characters are the class (https://www.postgresql.org/docs/current/errcodes-appendix.html).</summary>
    private static FailureKind KindOf(string state) => state switch
    {
        PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation => FailureKind.Conflict,
        PostgresErrorCodes.InsufficientPrivilege => FailureKind.AccessRefused,
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected => FailureKind.Busy,
        PostgresErrorCodes.QueryCanceled => FailureKind.Timeout,
        _ => state[..2] switch
        {
            "08" => FailureKind.Unreachable,
            "28" => FailureKind.AccessRefused,
            "53" => FailureKind.Busy,
            "57" when state.StartsWith("57P0", StringComparison.Ordinal) => FailureKind.Busy,
            _ => FailureKind.RequestRefused,
        },
    };

    // Detail and context have values of rows, and so has the text of what is wrong with a value.
    private static string MessageOf(PostgresException refused) => refused.SqlState.StartsWith("22", StringComparison.Ordinal) ? $"{refused.SqlState}: a value is not as it must be" : $"{refused.SqlState}: {refused.MessageText}";
}
