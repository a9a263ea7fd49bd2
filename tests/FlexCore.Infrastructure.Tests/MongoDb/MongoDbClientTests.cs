using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.MongoDb;
using static FlexCore.Infrastructure.MongoDb.MongoDbDocument;

namespace FlexCore.Infrastructure.Tests.MongoDb;

public sealed class MongoDbClientTests(SharedMongoDb mongo) : IClassFixture<SharedMongoDb>, IAsyncDisposable
{
    private readonly string _orders = $"orders-{Guid.NewGuid():N}";
    private readonly MongoDbClient _client = SharedMongoDb.Connect(mongo.Server.Address);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task Document_comes_back_byte_for_byte_with_all_its_types()
    {
        var document = Parse(MongoDbDocumentTests.AllTypes);

        (await _client.InsertAsync(_orders, document, Token)).ShouldBeSameAs(document);

        (await _client.FindOneAsync(new MongoDbFind(_orders), Token)).ShouldNotBeNull().Bson.ToArray().ShouldBe(document.Bson.ToArray());
    }

    [Fact]
    public async Task Document_without_an_id_gets_one()
    {
        var made = await _client.InsertAsync(_orders, Parse("""{"state": "open"}"""), Token);

        made.ToJson(MongoDbJson.Relaxed).GetProperty("_id").GetProperty("$oid").GetString()!.Length.ShouldBe(24);
        (await _client.FindOneAsync(new MongoDbFind(_orders) { Filter = Parse("""{"state": "open"}""") }, Token)).ShouldNotBeNull().Bson.ToArray().ShouldBe(made.Bson.ToArray());
    }

    [Fact]
    public async Task Documents_are_found_in_their_order_and_as_many_as_were_asked_for()
    {
        await WriteAsync(1000);

        var some = await _client.FindAsync(
            new MongoDbFind(_orders) { Filter = Parse("""{"_id": {"$gte": 100}}"""), Sort = Parse("""{"_id": -1}"""), Projection = Parse("""{"_id": 1}"""), Skip = 10, Limit = 20, BatchSize = 7 }, Token)
            .Select(document => document.ToJson(MongoDbJson.Relaxed).GetRawText()).ToListAsync(Token);

        some.ShouldBe(Enumerable.Range(0, 20).Select(place => $$"""{ "_id" : {{989 - place}} }"""));
        (await _client.FindOneAsync(new MongoDbFind(_orders) { Sort = Parse("""{"_id": -1}"""), Skip = 1 }, Token)).ShouldNotBeNull().ToJson(MongoDbJson.Relaxed).GetProperty("_id").GetInt32().ShouldBe(998);
        (await _client.FindOneAsync(new MongoDbFind(_orders) { Filter = Parse("""{"_id": 1000}""") }, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Any_number_of_documents_comes_over_many_batches_and_leaves_no_cursor()
    {
        await WriteAsync(20_000);

        (await IdsAsync(new MongoDbFind(_orders) { Sort = Parse("""{"_id": 1}""") })).ShouldBe(Enumerable.Range(0, 20_000));

        (await OpenCursorsAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Whoever_stops_reading_ends_the_cursor_on_the_server()
    {
        await WriteAsync(2000);

        (await _client.FindAsync(new MongoDbFind(_orders), Token).FirstAsync(Token)).ShouldNotBeNull();

        await WaitUntilAsync(async () => await OpenCursorsAsync() == 0);
    }

    [Fact]
    public async Task Documents_are_counted_changed_replaced_and_deleted()
    {
        await WriteAsync(10);

        (await _client.CountAsync(_orders, Parse("""{"_id": {"$lt": 4}}"""), Token)).ShouldBe(4);
        (await _client.EstimateCountAsync(_orders, Token)).ShouldBe(10);
        (await _client.UpdateManyAsync(_orders, new MongoDbUpdate(Parse("""{"_id": {"$lt": 4}}"""), Parse("""{"$set": {"state": "open"}}""")) { MayRepeat = true }, Token)).ShouldBe(new MongoDbUpdateResult(4, 4, null));
        (await _client.UpdateOneAsync(_orders, new MongoDbUpdate(Parse("""{"state": "open"}"""), Parse("""{"$set": {"state": "open"}}""")), Token)).ShouldBe(new MongoDbUpdateResult(1, 0, null));
        (await _client.UpdateOneAsync(_orders, new MongoDbUpdate(Parse("""{"_id": 100}"""), Parse("""{"$set": {"state": "open"}}""")), Token)).ShouldBe(new MongoDbUpdateResult(0, 0, null));
        (await _client.ReplaceAsync(_orders, Parse("""{"_id": 0}"""), Parse("""{"a": 1}"""), isUpsert: false, Token)).ShouldBe(new MongoDbUpdateResult(1, 1, null));
        (await TextAsync("""{"_id": 0}""")).ShouldBe("""{ "_id" : 0, "a" : 1 }""");
        (await _client.DeleteOneAsync(_orders, Parse("""{"state": "open"}"""), Token)).ShouldBe(1);
        (await _client.DeleteManyAsync(_orders, Parse("""{"state": "open"}"""), Token)).ShouldBe(2);
        (await _client.DeleteManyAsync(_orders, Parse("""{"state": "open"}"""), Token)).ShouldBe(0);
        (await _client.CountAsync(_orders, Empty, Token)).ShouldBe(7);
    }

    [Fact]
    public async Task Document_that_is_not_there_is_made_by_an_upsert()
    {
        var made = await _client.UpdateOneAsync(_orders, new MongoDbUpdate(Parse("""{"_id": {"$oid": "57e193d7a9cc81b4027498b5"}}"""), Parse("""{"$set": {"state": "open"}}""")) { IsUpsert = true }, Token);

        made.Matched.ShouldBe(0);
        made.UpsertedId.ShouldNotBeNull().GetProperty("$oid").GetString().ShouldBe("57e193d7a9cc81b4027498b5");
        (await _client.ReplaceAsync(_orders, Parse("""{"_id": 7}"""), Parse("""{"a": 1}"""), isUpsert: true, Token)).UpsertedId.ShouldNotBeNull().GetProperty("$numberInt").GetString().ShouldBe("7");
        (await _client.CountAsync(_orders, Empty, Token)).ShouldBe(2);
    }

    [Fact]
    public async Task Members_of_arrays_are_changed_by_their_filters()
    {
        await _client.InsertAsync(_orders, Parse("""{"_id": 1, "lines": [{"n": 1, "open": true}, {"n": 2, "open": true}]}"""), Token);

        await _client.UpdateOneAsync(_orders, new MongoDbUpdate(Parse("""{"_id": 1}"""), Parse("""{"$set": {"lines.$[line].open": false}}""")) { ArrayFilters = [Parse("""{"line.n": 2}""")] }, Token);

        (await TextAsync("""{"_id": 1}""")).ShouldContain("""{ "n" : 2, "open" : false }""");
    }

    [Fact]
    public async Task Document_is_changed_and_told_at_one_moment()
    {
        await WriteAsync(3);
        var increment = new MongoDbFindAndModify(Parse("""{"_id": 1}"""), Parse("""{"$inc": {"count": 1}}"""));

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _client.FindAndModifyAsync(_orders, increment, Token).AsTask()));

        (await ModifyAsync(increment)).ShouldBe("""{ "_id" : 1, "count" : 50 }""");
        (await ModifyAsync(increment with { AnswersWithNew = true, Projection = Parse("""{"_id": 0, "count": 1}""") })).ShouldBe("""{ "count" : 52 }""");
        (await ModifyAsync(new MongoDbFindAndModify(Empty, Change: null) { Sort = Parse("""{"_id": -1}""") })).ShouldBe("""{ "_id" : 2 }""");
        (await ModifyAsync(new MongoDbFindAndModify(Parse("""{"_id": 9}"""), Parse("""{"$set": {"a": 1}}""")))).ShouldBeNull();
        (await ModifyAsync(new MongoDbFindAndModify(Parse("""{"_id": 9}"""), Parse("""{"$set": {"a": 1}}""")) { IsUpsert = true, AnswersWithNew = true })).ShouldBe("""{ "_id" : 9, "a" : 1 }""");

        async Task<string?> ModifyAsync(MongoDbFindAndModify modify) => (await _client.FindAndModifyAsync(_orders, modify, Token))?.ToJson(MongoDbJson.Relaxed).GetRawText();
    }

    [Fact]
    public async Task Pipeline_makes_something_of_documents_and_can_write_it()
    {
        await WriteAsync(1000);
        MongoDbDocument[] stages = [Parse("""{"$match": {"_id": {"$gte": 500}}}"""), Parse("""{"$group": {"_id": {"$mod": ["$_id", 300]}, "count": {"$sum": 1}}}"""), Parse("""{"$sort": {"_id": 1}}""")];

        var groups = await _client.AggregateAsync(_orders, stages, Token).Select(group => group.ToJson(MongoDbJson.Relaxed).GetProperty("count").GetInt32()).ToListAsync(Token);
        (await _client.AggregateAsync(_orders, [.. stages, Parse($$"""{"$out": "{{_orders}}-out"}""")], Token).CountAsync(Token)).ShouldBe(0);

        (groups.Count, groups.Sum()).ShouldBe((300, 500));
        (await _client.CountAsync($"{_orders}-out", Empty, Token)).ShouldBe(300);
        (await _client.AggregateAsync(_orders, [], Token).CountAsync(Token)).ShouldBe(1000);
    }

    [Fact]
    public async Task Indexes_are_made_listed_and_dropped()
    {
        (await _client.ListIndexesAsync(_orders, Token).CountAsync(Token)).ShouldBe(0);
        (await _client.DropIndexAsync(_orders, "none", Token)).ShouldBeFalse();
        var index = new MongoDbIndex(Parse("""{"customer": 1, "time": -1}""")) { IsUnique = true, IsSparse = true, ExpireAfter = TimeSpan.FromHours(1), PartialFilter = Parse("""{"customer": {"$gt": 5}}""") };

        (await _client.CreateIndexAsync(_orders, index, Token)).ShouldBe("customer_1_time_-1");
        (await _client.CreateIndexAsync(_orders, index, Token)).ShouldBe("customer_1_time_-1");

        var listed = (await _client.ListIndexesAsync(_orders, Token).Select(one => one.ToJson(MongoDbJson.Relaxed)).ToListAsync(Token)).Single(one => one.GetProperty("name").GetString() == "customer_1_time_-1");
        (listed.GetProperty("unique").GetBoolean(), listed.GetProperty("sparse").GetBoolean(), listed.GetProperty("expireAfterSeconds").GetInt32()).ShouldBe((true, true, 3600));
        listed.GetProperty("key").GetRawText().ShouldBe("""{ "customer" : 1, "time" : -1 }""");
        (await FailureAsync(() => _client.CreateIndexAsync(_orders, index with { IsUnique = false }, Token))).Code.ShouldBe(ErrorCodes.SystemConflict);
        (await _client.DropIndexAsync(_orders, "customer_1_time_-1", Token)).ShouldBeTrue();
        (await _client.DropIndexAsync(_orders, "customer_1_time_-1", Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task Collections_are_listed_and_any_command_can_be_asked()
    {
        await WriteAsync(1);

        (await NamesAsync()).ShouldContain(_orders);
        (await _client.RunCommandAsync(Parse($$"""{"drop": "{{_orders}}"}"""), mayRepeat: false, Token)).ToJson(MongoDbJson.Relaxed).GetProperty("ok").GetDouble().ShouldBe(1);
        (await NamesAsync()).ShouldNotContain(_orders);

        ValueTask<List<string?>> NamesAsync() => _client.ListCollectionsAsync(Token).Select(one => one.ToJson(MongoDbJson.Relaxed).GetProperty("name").GetString()).ToListAsync(Token);
    }

    [Fact]
    public async Task Many_documents_are_written_at_once_and_none_is_nothing()
    {
        (await _client.InsertManyAsync(_orders, [], isOrdered: true, Token)).ShouldBeEmpty();
        var large = new string('x', 1_000_000);

        // More than a message may have.
        var made = await _client.InsertManyAsync(_orders, [.. Enumerable.Range(0, 60).Select(number => Parse($$"""{"number": {{number}}, "text": "{{large}}"}"""))], isOrdered: true, Token);

        made.Select(document => document.ToJson(MongoDbJson.Relaxed).GetProperty("_id").GetProperty("$oid").GetString()).Distinct().Count().ShouldBe(60);
        (await _client.CountAsync(_orders, Empty, Token)).ShouldBe(60);
        (await _client.FindAsync(new MongoDbFind(_orders), Token).CountAsync(Token)).ShouldBe(60);
    }

    [Theory]
    [InlineData(MongoDbReadPreference.Nearest, MongoDbReadConcern.Majority, MongoDbWriteConcern.Primary)]
    [InlineData(MongoDbReadPreference.Primary, MongoDbReadConcern.Linearizable, MongoDbWriteConcern.Majority)]
    [InlineData(MongoDbReadPreference.SecondaryPreferred, MongoDbReadConcern.Local, MongoDbWriteConcern.Majority)]
    public async Task All_can_be_asked_whatever_is_read_and_when_it_counts_as_written(MongoDbReadPreference preference, MongoDbReadConcern read, MongoDbWriteConcern write)
    {
        await using var client = SharedMongoDb.Connect(mongo.Server.Address, options => (options.ReadPreference, options.ReadConcern, options.WriteConcern) = (preference, read, write));

        await client.CreateIndexAsync(_orders, new MongoDbIndex(Parse("""{"a": 1}""")), Token);
        await client.InsertAsync(_orders, Parse("""{"_id": 1}"""), Token);
        await client.UpdateOneAsync(_orders, new MongoDbUpdate(Parse("""{"_id": 1}"""), Parse("""{"$set": {"a": 1}}""")), Token);
        (await client.FindAndModifyAsync(_orders, new MongoDbFindAndModify(Parse("""{"_id": 1}"""), Parse("""{"$set": {"a": 2}}""")), Token)).ShouldNotBeNull();
        (await client.FindOneAsync(new MongoDbFind(_orders), Token)).ShouldNotBeNull();
        (await client.CountAsync(_orders, Empty, Token), await client.EstimateCountAsync(_orders, Token)).ShouldBe((1, 1));
        (await client.AggregateAsync(_orders, [Parse("""{"$match": {"a": 2}}""")], Token).CountAsync(Token)).ShouldBe(1);
        (await client.ListIndexesAsync(_orders, Token).CountAsync(Token)).ShouldBe(2);
        (await client.ListCollectionsAsync(Token).CountAsync(Token)).ShouldBeGreaterThan(0);
        (await client.DeleteManyAsync(_orders, Empty, Token)).ShouldBe(1);
        (await client.DropIndexAsync(_orders, "a_1", Token)).ShouldBeTrue();
        await client.CheckHealthAsync(Token);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public async Task Collection_without_a_possible_name_is_refused(string name)
    {
        await Should.ThrowAsync<ArgumentException>(async () => await _client.CountAsync(name, Empty, Token));
        Should.Throw<ArgumentException>(() => _client.FindAsync(new MongoDbFind(name), Token));
        Should.Throw<InvalidOperationException>(() => _client.FindAsync(new MongoDbFind("a") { Limit = -1 }, Token));
    }

    internal static async Task<Error> FailureAsync<T>(Func<ValueTask<T>> call) => (await Should.ThrowAsync<FlexCoreException>(async () => await call())).Error;

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition()) await Task.Delay(10, limit.Token);
    }

    private async Task WriteAsync(int count) => await _client.InsertManyAsync(_orders, [.. Enumerable.Range(0, count).Select(number => Parse($$"""{"_id": {{number}}}"""))], isOrdered: true, Token);

    private async Task<string> TextAsync(string filter) => (await _client.FindOneAsync(new MongoDbFind(_orders) { Filter = Parse(filter) }, Token)).ShouldNotBeNull().ToJson(MongoDbJson.Relaxed).GetRawText();

    private async Task<List<int>> IdsAsync(MongoDbFind find) => await _client.FindAsync(find, Token).Select(document => document.ToJson(MongoDbJson.Relaxed).GetProperty("_id").GetInt32()).ToListAsync(Token);

    private async Task<int> OpenCursorsAsync() =>
        (await _client.RunCommandAsync(Parse("""{"serverStatus": 1}"""), mayRepeat: true, Token)).ToJson(MongoDbJson.Relaxed).GetProperty("metrics").GetProperty("cursor").GetProperty("open").GetProperty("total").GetInt32();
}
