using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.MongoDb;
using static FlexCore.Infrastructure.MongoDb.MongoDbDocument;

namespace FlexCore.Infrastructure.Tests.MongoDb;

/// <summary>Against a real MongoDB: <c>FLEXCORE_TEST_MONGODB=mongodb://127.0.0.1:27017</c>, with a database <c>flexcore-test</c> in which anybody may write; <c>FLEXCORE_TEST_MONGODB_USER</c> and <c>FLEXCORE_TEST_MONGODB_PASSWORD</c> where not.</summary>
public sealed class MongoDbIntegrationTests : IAsyncLifetime
{
    private readonly string _orders = $"orders-{Guid.NewGuid():N}";
    private MongoDbClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        var address = Environment.GetEnvironmentVariable("FLEXCORE_TEST_MONGODB");
        Assert.SkipWhen(string.IsNullOrEmpty(address), "no real MongoDB: set FLEXCORE_TEST_MONGODB to where it is");
        _client = SharedMongoDb.Connect(address, options =>
        {
            options.Database = "flexcore-test";
            options.Security.User = Environment.GetEnvironmentVariable("FLEXCORE_TEST_MONGODB_USER") ?? "";
            options.Security.Password = Environment.GetEnvironmentVariable("FLEXCORE_TEST_MONGODB_PASSWORD") ?? "";
        });
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is null) return;
        await _client.RunCommandAsync(Parse($$"""{"drop": "{{_orders}}"}"""), mayRepeat: false, CancellationToken.None);
        await _client.DisposeAsync();
    }

    [Fact]
    public async Task Documents_of_all_types_come_back_byte_for_byte_over_many_batches()
    {
        var all = Parse(MongoDbDocumentTests.AllTypes);
        await _client.InsertAsync(_orders, all, Token);
        await _client.InsertManyAsync(_orders, [.. Enumerable.Range(0, 5000).Select(number => Parse($$"""{"_id": {{number}}}"""))], isOrdered: true, Token);

        (await _client.FindOneAsync(new MongoDbFind(_orders) { Filter = Parse("""{"int32": -2147483648}""") }, Token)).ShouldNotBeNull().Bson.ToArray().ShouldBe(all.Bson.ToArray());
        (await _client.FindAsync(new MongoDbFind(_orders) { Filter = Parse("""{"_id": {"$gte": 0}}"""), Sort = Parse("""{"_id": 1}"""), BatchSize = 100 }, Token).Select(document => document.ToJson(MongoDbJson.Relaxed).GetProperty("_id").GetInt32()).ToListAsync(Token))
            .ShouldBe(Enumerable.Range(0, 5000));
        (await _client.CheckHealthAsync(Token)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Documents_are_changed_counted_and_deleted_and_keys_that_are_there_are_told()
    {
        await _client.CreateIndexAsync(_orders, new MongoDbIndex(Parse("""{"number": 1}""")) { IsUnique = true }, Token);
        MongoDbDocument[] documents = [Parse("""{"number": 1}"""), Parse("""{"number": 1}"""), Parse("""{"number": 2}""")];

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await _client.InsertManyAsync(_orders, documents, isOrdered: false, Token));

        failure.Error.Code.ShouldBe(ErrorCodes.SystemConflict);
        failure.InnerException.ShouldBeOfType<MongoDbException>().Failures.ShouldHaveSingleItem().Code.ShouldBe(11000);
        (await _client.UpdateManyAsync(_orders, new MongoDbUpdate(Empty, Parse("""{"$inc": {"number": 10}}""")), Token)).ShouldBe(new MongoDbUpdateResult(2, 2, null));
        (await _client.ReplaceAsync(_orders, Parse("""{"_id": 5}"""), Parse("""{"number": 5}"""), isUpsert: true, Token)).UpsertedId.ShouldNotBeNull();
        (await _client.FindAndModifyAsync(_orders, new MongoDbFindAndModify(Parse("""{"number": 11}"""), Parse("""{"$set": {"number": 1}}""")) { AnswersWithNew = true, Projection = Parse("""{"_id": 0}""") }, Token)).ShouldNotBeNull()
            .Bson.ToArray().ShouldBe(Parse("""{"number": 1}""").Bson.ToArray());
        (await _client.AggregateAsync(_orders, [Parse("""{"$group": {"_id": null, "sum": {"$sum": "$number"}}}""")], Token).SingleAsync(Token)).ToJson(MongoDbJson.Relaxed).GetProperty("sum").GetInt32().ShouldBe(18);
        (await _client.CountAsync(_orders, Parse("""{"number": {"$gt": 1}}"""), Token)).ShouldBe(2);
        (await _client.DeleteManyAsync(_orders, Empty, Token)).ShouldBe(3);
        (await _client.EstimateCountAsync(_orders, Token)).ShouldBe(0);
        (await _client.ListIndexesAsync(_orders, Token).CountAsync(Token)).ShouldBe(2);
        (await _client.DropIndexAsync(_orders, "number_1", Token)).ShouldBeTrue();
    }

    [Fact]
    public async Task Question_that_is_wrong_is_told_without_values()
    {
        await _client.InsertAsync(_orders, Parse("""{"_id": 1, "name": "canary"}"""), Token);

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await _client.UpdateOneAsync(_orders, new MongoDbUpdate(Parse("""{"name": "canary"}"""), Parse("""{"$inc": {"name": 1}}""")), Token));

        failure.Error.Code.ShouldBe(ErrorCodes.SystemRequestRefused);
        failure.ToString().ShouldNotContain("canary");
    }
}
