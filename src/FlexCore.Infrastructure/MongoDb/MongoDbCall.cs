using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>One question over a client, and all that it needs of the driver's memory, until it is disposed.</summary>
/// <param name="pool">Has the client.</param>
/// <param name="client">The client.</param>
/// <param name="collection">The collection; empty for the database.</param>
internal sealed class MongoDbCall(MongoDbPool pool, MongoClientHandle client, string collection) : IDisposable
{
    private readonly List<BsonHandle> _documents = [];
    private readonly Lazy<MongoCollectionHandle> _collection = new(() => MongoC.GetCollection(client, pool.Database, collection));

    /// <summary>The collection.</summary>
    public MongoCollectionHandle Collection => _collection.Value;

    /// <summary>The client.</summary>
    public MongoClientHandle Client => client;

    /// <summary>The name of the database.</summary>
    public string Database => pool.Database;

    /// <summary>Room for the answer.</summary>
    public BsonReply Reply { get; } = new();

    /// <summary>A copy of a document that came from a server.</summary>
    /// <exception cref="MongoDbException">It is none.</exception>
    public static MongoDbDocument Check(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return MongoDbDocument.FromBson(bytes.ToArray());
        }
        catch (FormatException e)
        {
            throw new MongoDbException(FailureKind.RequestRefused, 0, $"the server has sent something that cannot be read: {e.Message}");
        }
    }

    /// <summary>A document for the driver.</summary>
    public BsonHandle Pass(MongoDbDocument document)
    {
        var passed = document.ToHandle();
        _documents.Add(passed);
        return passed;
    }

    /// <summary>Options for the driver, with a limit of time for the server.</summary>
    public BsonHandle Pass(BsonBuilder options) => Pass(options.Add("maxTimeMS", pool.MaxTimeMs).Build());

    /// <summary>The answer.</summary>
    /// <param name="isDone">Whether the driver says that it was done.</param>
    /// <param name="error">What the driver says where it was not.</param>
    /// <exception cref="MongoDbException">It was not.</exception>
    public MongoDbDocument Answer(bool isDone, in MongoError error)
    {
        var answer = Check(Reply.Bytes);
        return isDone ? answer : throw MongoDbErrors.Read(error, answer);
    }

    public void Dispose()
    {
        Reply.Dispose();
        foreach (var document in _documents) document.Dispose();
        if (_collection.IsValueCreated) _collection.Value.Dispose();
    }
}
