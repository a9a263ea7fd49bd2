using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.MongoDb;
using FlexCore.Infrastructure.Tests.Clients;
using static FlexCore.Infrastructure.MongoDb.MongoDbDocument;

namespace FlexCore.Infrastructure.Tests.MongoDb;

/// <summary>What goes wrong, and what is tried again. The stand-in fails as MongoDB's own fail point does.</summary>
public sealed class MongoDbFaultTests(SharedMongoDb mongo) : IClassFixture<SharedMongoDb>, IAsyncLifetime
{
    private readonly string _orders = $"orders-{Guid.NewGuid():N}";
    private readonly Lines _log = new();
    private MongoDbClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _client = SharedMongoDb.Connect(mongo.Server.Address, log: _log);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await FailAsync("""{"configureFailPoint": "failCommand", "mode": "off"}""");
        await _client.DisposeAsync();
    }

    [Theory]
    [InlineData(11000, "FX5015", 1)]
    [InlineData(13, "FX5012", 1)]
    [InlineData(2, "FX5013", 1)]
    [InlineData(50, "FX5011", 3)]
    [InlineData(91, "FX5014", 3)]
    [InlineData(189, "FX5014", 3)]
    [InlineData(10107, "FX5014", 3)]
    [InlineData(13435, "FX5014", 3)]
    [InlineData(11600, "FX5014", 3)]
    [InlineData(11602, "FX5014", 3)]
    [InlineData(262, "FX5014", 3)]
    [InlineData(6, "FX5010", 3)]
    [InlineData(7, "FX5010", 3)]
    [InlineData(89, "FX5010", 3)]
    [InlineData(9001, "FX5010", 3)]
    public async Task Failure_is_told_by_its_code_without_values_and_tried_again_only_by_the_client_where_it_may_pass(int number, string code, int attempts)
    {
        await FailAsync($$$"""{"configureFailPoint": "failCommand", "mode": "alwaysOn", "data": {"failCommands": ["find"], "errorCode": {{{number}}}, "errmsg": "so it is: { name: \"canary\" }"}}""");

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await FindAsync());

        failure.Error.Code.Id.ShouldBe(code);
        failure.Error.Message.ShouldStartWith($"mongodb: find: {number}: ");
        failure.InnerException.ShouldBeOfType<MongoDbException>().Code.ShouldBe(number);
        failure.ToString().ShouldNotContain("canary");
        Retries().ShouldBe(attempts - 1);
        await FailAsync("""{"configureFailPoint": "failCommand", "mode": "off"}""");
        (await FindAsync()).ShouldBeNull();
    }

    [Theory]
    [InlineData("RetryableWriteError", "FX5014")]
    [InlineData("SomethingElse", "FX5013")]
    public async Task Failure_that_the_server_says_may_pass_does(string label, string code)
    {
        await FailAsync($$$"""{"configureFailPoint": "failCommand", "mode": "alwaysOn", "data": {"failCommands": ["find"], "errorCode": 424242, "errorLabels": ["{{{label}}}"]}}""");

        (await Should.ThrowAsync<FlexCoreException>(async () => await FindAsync())).Error.Code.Id.ShouldBe(code);
    }

    [Theory]
    [InlineData("closeConnection")]
    [InlineData("garbage")]
    public async Task Connection_that_breaks_is_another_one_at_the_next_attempt(string how)
    {
        await FailAsync($$$"""{"configureFailPoint": "failCommand", "mode": {"times": 2}, "data": {"failCommands": ["find"], "{{{how}}}": true}}""");

        (await FindAsync()).ShouldBeNull();

        _log.Written.Count(line => Equals(line.Values.GetValueOrDefault("Error"), ErrorCodes.SystemUnreachable.Id)).ShouldBe(2);
    }

    [Fact]
    public async Task Answer_that_is_no_document_is_one_clear_failure()
    {
        await FailAsync("""{"configureFailPoint": "failCommand", "mode": "alwaysOn", "data": {"failCommands": ["find", "count"], "rawReply": {"ok": 1, "cursor": "canary", "n": "canary"}}}""");

        (await Should.ThrowAsync<FlexCoreException>(async () => await FindAsync())).Error.Code.ShouldBeOneOf(ErrorCodes.SystemRequestRefused, ErrorCodes.SystemUnreachable);
    }

    [Fact]
    public async Task Documents_with_keys_that_are_there_are_named_and_the_others_are_written()
    {
        await _client.CreateIndexAsync(_orders, new MongoDbIndex(Parse("""{"number": 1}""")) { IsUnique = true }, Token);
        await _client.InsertAsync(_orders, Parse("""{"_id": 0, "number": "canary"}"""), Token);
        MongoDbDocument[] documents = [Parse("""{"_id": 1, "number": "a"}"""), Parse("""{"_id": 2, "number": "canary"}"""), Parse("""{"_id": 1, "number": "b"}"""), Parse("""{"_id": 4, "number": "c"}""")];

        var unordered = await Should.ThrowAsync<FlexCoreException>(async () => await _client.InsertManyAsync(_orders, documents, isOrdered: false, Token));
        var after = await _client.CountAsync(_orders, Empty, Token);
        await _client.DeleteManyAsync(_orders, Parse("""{"_id": {"$gt": 0}}"""), Token);
        var ordered = await Should.ThrowAsync<FlexCoreException>(async () => await _client.InsertManyAsync(_orders, documents, isOrdered: true, Token));

        unordered.Error.Code.ShouldBe(ErrorCodes.SystemConflict);
        unordered.InnerException.ShouldBeOfType<MongoDbException>().Failures.Select(failure => (failure.Place, failure.Code)).ShouldBe([(1, 11000), (2, 11000)]);
        after.ShouldBe(3);
        ordered.InnerException.ShouldBeOfType<MongoDbException>().Failures.Select(failure => failure.Place).ShouldBe([1]);
        (await _client.CountAsync(_orders, Empty, Token)).ShouldBe(2);
        (unordered + ordered.ToString() + string.Join('\n', _log.Written.Select(line => line.Text))).ShouldNotContain("canary");
    }

    [Fact]
    public async Task Documents_whose_write_nobody_was_told_of_are_written_once_and_are_no_failure()
    {
        await _client.CreateIndexAsync(_orders, new MongoDbIndex(Parse("""{"number": 1}""")) { IsUnique = true }, Token);
        await _client.InsertAsync(_orders, Parse("""{"number": 10}"""), Token);
        const string DoneButNotTold = """{"configureFailPoint": "failCommand", "mode": {"times": 2}, "data": {"failCommands": ["insert"], "closeConnection": true, "afterwards": true}}""";
        await FailAsync(DoneButNotTold);

        await _client.InsertManyAsync(_orders, Numbers(0, 10), isOrdered: false, Token);
        (await _client.CountAsync(_orders, Empty, Token)).ShouldBe(11);
        Retries().ShouldBe(2);

        // But what really was there is told all the same.
        await FailAsync(DoneButNotTold);
        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await _client.InsertManyAsync(_orders, Numbers(9, 5), isOrdered: false, Token));
        failure.Error.Code.ShouldBe(ErrorCodes.SystemConflict);
        failure.InnerException.ShouldBeOfType<MongoDbException>().Failures.Select(one => one.Place).ShouldBe([0, 1]);
        (await _client.CountAsync(_orders, Empty, Token)).ShouldBe(14);
    }

    [Fact]
    public async Task Documents_that_too_few_servers_have_are_told_also_when_they_are_there_at_the_next_attempt()
    {
        await FailAsync("""{"configureFailPoint": "failCommand", "mode": "alwaysOn", "data": {"failCommands": ["insert"], "writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}}""");

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await _client.InsertManyAsync(_orders, Numbers(0, 3), isOrdered: false, Token));

        failure.Error.Code.ShouldBe(ErrorCodes.SystemTimedOut);
        Retries().ShouldBe(2);
        (await _client.CountAsync(_orders, Empty, Token)).ShouldBe(3);
    }

    [Fact]
    public async Task What_must_not_be_done_twice_is_tried_once()
    {
        await _client.InsertAsync(_orders, Parse("""{"_id": 1, "count": 0}"""), Token);
        await FailAsync("""{"configureFailPoint": "failCommand", "mode": "alwaysOn", "data": {"failCommands": ["insert", "update", "delete", "findAndModify", "aggregate"], "closeConnection": true}}""");
        var increment = new MongoDbUpdate(Parse("""{"_id": 1}"""), Parse("""{"$inc": {"count": 1}}"""));

        await ShouldBeTriedAsync(1, () => _client.InsertAsync(_orders, Parse("""{"_id": 2}"""), Token));
        await ShouldBeTriedAsync(1, () => _client.InsertManyAsync(_orders, Numbers(0, 2), isOrdered: true, Token));
        await ShouldBeTriedAsync(3, () => _client.InsertManyAsync(_orders, Numbers(0, 2), isOrdered: false, Token));
        await ShouldBeTriedAsync(1, () => _client.UpdateOneAsync(_orders, increment, Token));
        await ShouldBeTriedAsync(3, () => _client.UpdateManyAsync(_orders, increment with { MayRepeat = true }, Token));
        await ShouldBeTriedAsync(3, () => _client.ReplaceAsync(_orders, Parse("""{"_id": 1}"""), Empty, isUpsert: true, Token));
        await ShouldBeTriedAsync(1, () => _client.DeleteOneAsync(_orders, Empty, Token));
        await ShouldBeTriedAsync(3, () => _client.DeleteManyAsync(_orders, Empty, Token));
        await ShouldBeTriedAsync(1, () => _client.FindAndModifyAsync(_orders, new MongoDbFindAndModify(Empty, Change: null), Token));
        await ShouldBeTriedAsync(3, () => _client.AggregateAsync(_orders, [Parse("""{"$match": {}}""")], Token).ToListAsync(Token));
        await ShouldBeTriedAsync(1, () => _client.AggregateAsync(_orders, [Parse("""{"$out": "other"}""")], Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Text_of_the_server_that_is_not_UTF8_is_one_clear_failure_and_leaves_no_cursor()
    {
        await _client.InsertAsync(_orders, Parse("""{"_id": 1, "name": "damaged"}"""), Token);
        await FailAsync("""{"configureFailPoint": "failCommand", "mode": {"times": 1}, "data": {"failCommands": ["find"], "damage": "damaged"}}""");

        var error = (await Should.ThrowAsync<FlexCoreException>(async () => await FindAsync())).Error;

        error.Code.ShouldBe(ErrorCodes.SystemRequestRefused);
        error.Message.ShouldContain("UTF-8");
        (await FindAsync()).ShouldNotBeNull();
    }

    private static MongoDbDocument[] Numbers(int first, int count) => [.. Enumerable.Range(first, count).Select(number => Parse($$"""{"number": {{number}}}"""))];

    private async Task ShouldBeTriedAsync<T>(int attempts, Func<ValueTask<T>> call)
    {
        var before = Retries();
        (await Should.ThrowAsync<FlexCoreException>(async () => await call())).Error.Code.ShouldBe(ErrorCodes.SystemUnreachable);
        (Retries() - before + 1).ShouldBe(attempts);
    }

    private int Retries() => _log.Written.Count(line => line.Values.ContainsKey("Attempt"));

    private ValueTask<MongoDbDocument?> FindAsync() => _client.FindOneAsync(new MongoDbFind(_orders), Token);

    private async Task FailAsync(string command)
    {
        await using var client = SharedMongoDb.Connect(mongo.Server.Address, options => options.Database = "admin");
        await client.RunCommandAsync(Parse(command), mayRepeat: true, CancellationToken.None);
    }
}
