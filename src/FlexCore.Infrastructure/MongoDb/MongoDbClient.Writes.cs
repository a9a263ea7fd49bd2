using System.Text.Json;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.MongoDb;

/// <content>What changes documents.</content>
public sealed partial class MongoDbClient
{
    private static readonly Operation InsertAgain = new("insert", MayRepeat: true);
    private static readonly Operation InsertOnce = InsertAgain with { MayRepeat = false };
    private static readonly Operation UpdateAgain = new("update", MayRepeat: true);
    private static readonly Operation UpdateOnce = UpdateAgain with { MayRepeat = false };
    private static readonly Operation DeleteAgain = new("delete", MayRepeat: true);
    private static readonly Operation DeleteOnce = DeleteAgain with { MayRepeat = false };
    private static readonly Operation ModifyAgain = new("findAndModify", MayRepeat: true);
    private static readonly Operation ModifyOnce = ModifyAgain with { MayRepeat = false };

    private readonly ObjectIds _ids;

    /// <summary>Writes a document that is not there yet. One without an <c>_id</c> gets one here, and is tried again: that it is there already then means that it was written. One with an <c>_id</c> is tried once.</summary>
    /// <returns>The document with its <c>_id</c>.</returns>
    /// <exception cref="Domain.Errors.FlexCoreException">FX5015 where one with the same key is there.</exception>
    public async ValueTask<MongoDbDocument> InsertAsync(string collection, MongoDbDocument document, CancellationToken cancellationToken) =>
        (await InsertManyAsync(collection, [document], isOrdered: false, cancellationToken))[0];

    /// <summary>Writes any number of documents that are not there yet, each by itself. They are tried again, as of <see cref="InsertAsync"/>, where none of them had an <c>_id</c> and their order does not matter.</summary>
    /// <param name="collection">The collection.</param>
    /// <param name="documents">The documents.</param>
    /// <param name="isOrdered">Whether they are written one after the other, and none after the first that cannot be.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>The documents, each with its <c>_id</c>.</returns>
    /// <exception cref="Domain.Errors.FlexCoreException">Some were not written: the <see cref="MongoDbException"/> within says which (<see cref="MongoDbException.Failures"/>).</exception>
    public async ValueTask<IReadOnlyList<MongoDbDocument>> InsertManyAsync(string collection, IReadOnlyList<MongoDbDocument> documents, bool isOrdered, CancellationToken cancellationToken)
    {
        if (documents.Count == 0) return [];
        var areOurs = documents.All(document => !document.Has("_id"u8));
        var insert = new MongoDbInsert([.. documents.Select(document => areOurs || !document.Has("_id"u8) ? document.With(_ids.Next()) : document)], isOrdered, areOurs);
        await CallAsync(areOurs && !isOrdered ? InsertAgain : InsertOnce, collection, insert, static (call, insert) => insert.Run(call), cancellationToken);
        return insert.Documents;
    }

    /// <summary>Changes the first document that matches.</summary>
    public ValueTask<MongoDbUpdateResult> UpdateOneAsync(string collection, MongoDbUpdate update, CancellationToken cancellationToken) => UpdateAsync(collection, update, MongoC.UpdateOne, cancellationToken);

    /// <summary>Changes all documents that match, each by itself.</summary>
    public ValueTask<MongoDbUpdateResult> UpdateManyAsync(string collection, MongoDbUpdate update, CancellationToken cancellationToken) => UpdateAsync(collection, update, MongoC.UpdateMany, cancellationToken);

    /// <summary>Puts a document in the place of the first one that matches. It is tried again.</summary>
    /// <param name="collection">The collection.</param>
    /// <param name="filter">What must hold of the one that is there.</param>
    /// <param name="document">The document; without an <c>_id</c>, or with that of the one that is there.</param>
    /// <param name="isUpsert">Whether it is written where none matches. Then the filter should have the <c>_id</c>, or two who do it at once may write it twice.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public ValueTask<MongoDbUpdateResult> ReplaceAsync(string collection, MongoDbDocument filter, MongoDbDocument document, bool isUpsert, CancellationToken cancellationToken) =>
        UpdateAsync(collection, new MongoDbUpdate(filter, document) { IsUpsert = isUpsert, MayRepeat = true }, MongoC.Replace, cancellationToken);

    /// <summary>Deletes the first document that matches. It is tried once, for the second might be another; <see cref="DeleteManyAsync"/> by an <c>_id</c> is tried again.</summary>
    /// <returns>How many: 0 or 1.</returns>
    public ValueTask<long> DeleteOneAsync(string collection, MongoDbDocument filter, CancellationToken cancellationToken) => DeleteAsync(DeleteOnce, collection, filter, MongoC.DeleteOne, cancellationToken);

    /// <summary>Deletes all documents that match. It is tried again.</summary>
    /// <returns>How many the attempt that went well has deleted.</returns>
    public ValueTask<long> DeleteManyAsync(string collection, MongoDbDocument filter, CancellationToken cancellationToken) => DeleteAsync(DeleteAgain, collection, filter, MongoC.DeleteMany, cancellationToken);

    /// <summary>Changes or deletes one document, and answers with it, at one moment.</summary>
    /// <returns>Null where none matches, or none was there before.</returns>
    public ValueTask<MongoDbDocument?> FindAndModifyAsync(string collection, MongoDbFindAndModify modify, CancellationToken cancellationToken) => CallAsync(
        modify.MayRepeat ? ModifyAgain : ModifyOnce,
        collection,
        (modify, collection),
        static (call, asked) => Command(call, asked.modify.ToCommand(asked.collection)).Field("value"u8),
        cancellationToken);

    private ValueTask<MongoDbUpdateResult> UpdateAsync(string collection, MongoDbUpdate update, Change change, CancellationToken cancellationToken) => CallAsync(
        update.MayRepeat ? UpdateAgain : UpdateOnce,
        collection,
        (update, change),
        static (call, asked) =>
        {
            MongoError error = default;
            var options = new BsonBuilder().Add("upsert", asked.update.IsUpsert).Add("arrayFilters", asked.update.ArrayFilters);
            var isDone = asked.change(call.Collection, call.Pass(asked.update.Filter), call.Pass(asked.update.Change), call.Pass(options), call.Reply, ref error);
            var answer = call.Answer(isDone, error).ToJson(MongoDbJson.Canonical);
            return new MongoDbUpdateResult(Number(answer, "matchedCount"), Number(answer, "modifiedCount"), answer.TryGetProperty("upsertedId", out var id) ? id : null);
        },
        cancellationToken);

    private ValueTask<long> DeleteAsync(Operation operation, string collection, MongoDbDocument filter, Removal delete, CancellationToken cancellationToken) => CallAsync(
        operation,
        collection,
        (filter, delete),
        static (call, asked) =>
        {
            MongoError error = default;
            var isDone = asked.delete(call.Collection, call.Pass(asked.filter), call.Pass(new BsonBuilder()), call.Reply, ref error);
            return Number(call.Answer(isDone, error).ToJson(MongoDbJson.Canonical), "deletedCount");
        },
        cancellationToken);

    private static long Number(JsonElement answer, string name) => long.Parse(answer.GetProperty(name).EnumerateObject().Single().Value.GetString()!, System.Globalization.CultureInfo.InvariantCulture);

    private delegate bool Change(MongoCollectionHandle collection, BsonHandle filter, BsonHandle change, BsonHandle options, BsonReply reply, ref MongoError error);

    private delegate bool Removal(MongoCollectionHandle collection, BsonHandle filter, BsonHandle options, BsonReply reply, ref MongoError error);
}
