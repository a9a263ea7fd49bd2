using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.MongoDb;

/// <content>Indexes, collections, and any other command.</content>
public sealed partial class MongoDbClient
{
    private static readonly Operation CreateIndexes = new("createIndexes", MayRepeat: true);
    private static readonly Operation DropIndexes = new("dropIndexes", MayRepeat: true);
    private static readonly Operation ListIndexes = new("listIndexes", MayRepeat: true);
    private static readonly Operation ListCollections = new("listCollections", MayRepeat: true);
    private static readonly Operation CommandOnce = new("command");
    private static readonly Operation CommandAgain = CommandOnce with { MayRepeat = true };

    /// <summary>Makes an index, and waits until it can be used; nothing where it is there already.</summary>
    /// <returns>Its name.</returns>
    /// <exception cref="Domain.Errors.FlexCoreException">FX5015 where one of the same name or keys is otherwise, or documents do not agree with it.</exception>
    public ValueTask<string> CreateIndexAsync(string collection, MongoDbIndex index, CancellationToken cancellationToken) => CallAsync(
        CreateIndexes,
        collection,
        (index, collection),
        static (call, asked) =>
        {
            Command(call, new BsonBuilder().Add("createIndexes", asked.collection).Add("indexes", [asked.index.ToDocument()]));
            return asked.index.NameOrKeys;
        },
        cancellationToken);

    /// <summary>Takes an index away.</summary>
    /// <returns>Whether there was one.</returns>
    public ValueTask<bool> DropIndexAsync(string collection, string name, CancellationToken cancellationToken) => CallAsync(
        DropIndexes,
        collection,
        (name, collection),
        static (call, asked) =>
        {
            try
            {
                Command(call, new BsonBuilder().Add("dropIndexes", asked.collection).Add("index", asked.name));
                return true;
            }
            catch (MongoDbException e) when (e.Code is MongoDbErrors.IndexNotFound or MongoDbErrors.NamespaceNotFound)
            {
                return false;
            }
        },
        cancellationToken);

    /// <summary>The indexes of a collection, as MongoDB describes them; none where there is no such collection.</summary>
    public IAsyncEnumerable<MongoDbDocument> ListIndexesAsync(string collection, CancellationToken cancellationToken)
    {
        CheckCollection(collection);
        return StreamAsync(ListIndexes, collection, Open, cancellationToken);

        MongoCursorHandle Open(MongoClientHandle client)
        {
            using var place = MongoC.GetCollection(client, _pool.Database, collection);
            using var options = MongoDbDocument.Empty.ToHandle();
            return MongoC.FindIndexes(place, options);
        }
    }

    /// <summary>The collections of the database, as MongoDB describes them: <c>name</c>, <c>type</c> and more.</summary>
    public IAsyncEnumerable<MongoDbDocument> ListCollectionsAsync(CancellationToken cancellationToken)
    {
        return StreamAsync(ListCollections, collection: null, Open, cancellationToken);

        MongoCursorHandle Open(MongoClientHandle client)
        {
            using var database = MongoC.GetDatabase(client, _pool.Database);
            using var options = MongoDbDocument.Empty.ToHandle();
            return MongoC.FindCollections(database, options);
        }
    }

    /// <summary>Asks the primary of the database anything else (https://www.mongodb.com/docs/manual/reference/command/).</summary>
    /// <param name="command">The command: its name is that of the first field.</param>
    /// <param name="mayRepeat">Whether doing it twice is as good as once: then it is tried again when nobody knows whether it was done.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>The answer.</returns>
    public ValueTask<MongoDbDocument> RunCommandAsync(MongoDbDocument command, bool mayRepeat, CancellationToken cancellationToken) => RunAsync(
        mayRepeat ? CommandAgain : CommandOnce,
        resource: null,
        (Client: this, command),
        static (all, token) => all.Client.OverPoolAsync("", all.command, AskPrimary, token),
        cancellationToken);

    /// <summary>Asks something that writes, as <c>WriteConcern</c> says; what is read along with it has no <c>ReadConcern</c>.</summary>
    private static MongoDbDocument Command(MongoDbCall call, BsonBuilder command)
    {
        MongoError error = default;
        return call.Answer(MongoC.WriteCommand(call.Client, call.Database, call.Pass(command.Build()), call.Pass(new BsonBuilder()), call.Reply, ref error), error);
    }
}
