using System.Runtime.CompilerServices;
using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>
/// A database of MongoDB, over one pool of connections for all who ask. Neither filters nor documents are in the log or in an error. The driver's own attempts are off: what is tried again is so by <c>Retry</c>.
/// </summary>
public sealed partial class MongoDbClient : SystemClient
{
    private static readonly SystemTelemetry Telemetry = new(
        "mongodb", SystemKind.Database, SystemTelemetry.CreateDuration("mongodb_query_duration_seconds", "How long operations of MongoDB took their callers."), "operation");

    private static readonly Operation FindMany = new("find", MayRepeat: true);
    private static readonly Operation Fetch = new("getMore");
    private static readonly Operation Count = new("count", MayRepeat: true);
    private static readonly Operation AggregateAgain = new("aggregate", MayRepeat: true);
    private static readonly Operation AggregateOnce = AggregateAgain with { MayRepeat = false };

    private static readonly MongoDbDocument Ping = new BsonBuilder().Add("ping", 1).Build();

    private readonly MongoDbPool _pool;
    private readonly Lock _pinging = new();
    private Task<string?> _lastPing = Task.FromResult<string?>(null);

    internal MongoDbClient(string name, MongoDbOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time) => (_pool, _ids) = (new MongoDbPool(name, options, time), new ObjectIds(time));

    /// <summary>Asks for documents, which come bit by bit, so that there may be any number of them. The limit of time holds for the first answer and for each bit, not for all; attempts are over with the first answer.</summary>
    /// <param name="find">Which ones.</param>
    /// <param name="cancellationToken">The caller's. Whoever stops earlier ends the question on the server.</param>
    public IAsyncEnumerable<MongoDbDocument> FindAsync(MongoDbFind find, CancellationToken cancellationToken)
    {
        CheckCollection(find.Collection);
        var options = find.ToOptions().Build();
        return StreamAsync(FindMany, find.Collection, client => OpenFind(client, find, options), cancellationToken);
    }

    /// <summary>Asks for the first of the documents.</summary>
    /// <returns>Null where there is none.</returns>
    public ValueTask<MongoDbDocument?> FindOneAsync(MongoDbFind find, CancellationToken cancellationToken)
    {
        CheckCollection(find.Collection);
        var options = (find with { Limit = 1, BatchSize = 0 }).ToOptions().Add("singleBatch", value: true).Add("maxTimeMS", _pool.MaxTimeMs).Build();
        Func<MongoClientHandle, MongoCursorHandle> open = client => OpenFind(client, find, options);
        return RunAsync(
            FindMany,
            find.Collection,
            (_pool, open),
            static async (call, token) =>
            {
                await using var cursor = await MongoDbCursor.OpenAsync(call._pool, call.open, token);
                return cursor.Documents is [var first, ..] ? first : null;
            },
            cancellationToken);
    }

    /// <summary>Counts documents, by looking at them or at an index.</summary>
    /// <param name="collection">The collection.</param>
    /// <param name="filter">What must hold of them.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public ValueTask<long> CountAsync(string collection, MongoDbDocument filter, CancellationToken cancellationToken) => CallAsync(
        Count,
        collection,
        filter,
        static (call, filter) =>
        {
            MongoError error = default;
            var count = MongoC.CountDocuments(call.Collection, call.Pass(filter), call.Pass(new BsonBuilder()), 0, call.Reply, ref error);
            call.Answer(count >= 0, error);
            return count;
        },
        cancellationToken);

    /// <summary>Says how many documents a collection has by its own account, which costs nothing and may be a little off after a crash and in sharded ones.</summary>
    public ValueTask<long> EstimateCountAsync(string collection, CancellationToken cancellationToken) => CallAsync(
        Count,
        collection,
        state: 0,
        static (call, _) =>
        {
            MongoError error = default;
            var count = MongoC.EstimateCount(call.Collection, call.Pass(new BsonBuilder()), 0, call.Reply, ref error);
            call.Answer(count >= 0, error);
            return count;
        },
        cancellationToken);

    /// <summary>Makes something of documents, stage by stage (https://www.mongodb.com/docs/manual/core/aggregation-pipeline/). What comes of it comes as of <see cref="FindAsync"/>. One that writes (<c>$out</c>, <c>$merge</c>) is tried once.</summary>
    public IAsyncEnumerable<MongoDbDocument> AggregateAsync(string collection, IReadOnlyList<MongoDbDocument> pipeline, CancellationToken cancellationToken)
    {
        CheckCollection(collection);
        var stages = pipeline.Count == 0 ? MongoDbDocument.Empty : new BsonBuilder().Add("pipeline", pipeline).Build();
        var doesWrite = pipeline.Any(stage => stage.Has("$out"u8) || stage.Has("$merge"u8));
        return StreamAsync(doesWrite ? AggregateOnce : AggregateAgain, collection, Open, cancellationToken);

        MongoCursorHandle Open(MongoClientHandle client)
        {
            using var place = MongoC.GetCollection(client, _pool.Database, collection);
            using var asked = stages.ToHandle();
            using var options = MongoDbDocument.Empty.ToHandle();
            return MongoC.Aggregate(place, 0, asked, options, 0);
        }
    }

    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        // One at a time: a server that does not answer keeps one connection, not all.
        Task<string?> ping;
        lock (_pinging) ping = _lastPing = _lastPing.IsCompleted ? AskAsync() : _lastPing;
        return await ping.WaitAsync(cancellationToken);

        async Task<string?> AskAsync()
        {
            await OverPoolAsync("", Ping, AskPrimary, CancellationToken.None);
            return null;
        }
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps() => [_pool.DrainAsync, Disposing(_pool)];

    private protected override CallFailure? Understand(Exception failure) => failure is MongoDbException told ? new CallFailure(told.Kind, told.Message) : null;

    private static void CheckCollection(string name)
    {
        // To the driver a zero is the end of it.
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("The name of a collection must not be empty or have a zero in it.", nameof(name));
    }

    private MongoCursorHandle OpenFind(MongoClientHandle client, MongoDbFind find, MongoDbDocument options)
    {
        using var place = MongoC.GetCollection(client, _pool.Database, find.Collection);
        using var filter = find.Filter.ToHandle();
        using var how = options.ToHandle();
        return MongoC.Find(place, filter, how, 0);
    }

    private async IAsyncEnumerable<MongoDbDocument> StreamAsync(Operation operation, string? collection, Func<MongoClientHandle, MongoCursorHandle> open, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var cursor = await RunAsync(operation, collection, (_pool, open), static (call, token) => MongoDbCursor.OpenAsync(call._pool, call.open, token), cancellationToken);
        foreach (var document in cursor.Documents) yield return document;
        while (cursor.HasMore)
        {
            await RunAsync(Fetch, collection, cursor, static (cursor, token) => cursor.ReadAsync(token), cancellationToken);
            foreach (var document in cursor.Documents) yield return document;
        }
    }

    /// <summary>Asks something that has one answer.</summary>
    private ValueTask<T> CallAsync<TState, T>(Operation operation, string collection, TState state, Func<MongoDbCall, TState, T> ask, CancellationToken cancellationToken)
    {
        CheckCollection(collection);
        return RunAsync(
            operation,
            collection,
            (Client: this, collection, state, ask),
            static (all, token) => all.Client.OverPoolAsync(all.collection, all.state, all.ask, token),
            cancellationToken);
    }

    /// <summary>Asks something that has one answer, over a client of the pool, and gives back what it needed.</summary>
    private ValueTask<T> OverPoolAsync<TState, T>(string collection, TState state, Func<MongoDbCall, TState, T> ask, CancellationToken cancellationToken) => _pool.RunAsync(
        (_pool, collection, state, ask),
        static (client, all) =>
        {
            using var call = new MongoDbCall(all._pool, client, all.collection);
            return all.ask(call, all.state);
        },
        cancellationToken);

    private static MongoDbDocument AskPrimary(MongoDbCall call, MongoDbDocument command)
    {
        MongoError error = default;
        return call.Answer(MongoC.Command(call.Client, call.Database, call.Pass(command), 0, call.Reply, ref error), error);
    }
}
