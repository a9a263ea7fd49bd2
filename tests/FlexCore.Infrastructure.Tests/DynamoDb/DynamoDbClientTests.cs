using System.Collections.Concurrent;
using System.Text.Json;
using Amazon.DynamoDBv2.Model;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.DynamoDb;
using FlexCore.Infrastructure.Tests.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.DynamoDb;

public sealed class DynamoDbClientTests(SharedDynalite dynalite) : IClassFixture<SharedDynalite>, IAsyncLifetime
{
    private readonly string _table = $"t{Guid.NewGuid():N}";
    private readonly DynamoDbClient _client = Connect(dynalite.Server.Address);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _client.CreateTableAsync(_table, "id", "part", Token);

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task Item_is_written_read_and_deleted()
    {
        var item = Item("a", "1", "\u00e9\U0001F600");
        await _client.PutAsync(_table, item, condition: null, Token);

        (await _client.GetAsync(_table, Key("a", "1"), isConsistent: true, Token)).ShouldNotBeNull()["text"].S.ShouldBe("\u00e9\U0001F600");
        await _client.DeleteAsync(_table, Key("a", "1"), condition: null, Token);
        await _client.DeleteAsync(_table, Key("a", "1"), condition: null, Token);
        (await _client.GetAsync(_table, Key("a", "1"), isConsistent: true, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Condition_that_does_not_hold_is_told_by_its_code_and_changes_nothing()
    {
        await _client.PutAsync(_table, Item("a", "1", "first"), DynamoDbExpression.IsNew("id"), Token);

        await ShouldConflictAsync(() => _client.PutAsync(_table, Item("a", "1", "second"), DynamoDbExpression.IsNew("id"), Token));
        await ShouldConflictAsync(() => _client.PutAsync(_table, Item("a", "1", "second"), DynamoDbExpression.Has("text", new("zeroth")), Token));
        await ShouldConflictAsync(() => _client.DeleteAsync(_table, Key("a", "1"), DynamoDbExpression.Has("text", new("zeroth")), Token));

        (await _client.GetAsync(_table, Key("a", "1"), isConsistent: true, Token)).ShouldNotBeNull()["text"].S.ShouldBe("first");
        await _client.PutAsync(_table, Item("a", "1", "second"), DynamoDbExpression.Has("text", new("first")), Token);
    }

    [Fact]
    public async Task Items_come_page_by_page_in_the_order_of_their_keys()
    {
        var items = Enumerable.Range(0, 120).Select(number => Item("a", $"{number:000}", "x")).ToList();
        await _client.WriteManyAsync(_table, items, [], Token);
        await _client.WriteManyAsync(_table, [], [Key("a", "000"), Key("a", "119")], Token);
        var keys = new DynamoDbExpression("#id = :id")
        {
            Names = new Dictionary<string, string>(StringComparer.Ordinal) { ["#id"] = "id" }, Values = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { [":id"] = new("a") },
        };

        var forwards = await _client.QueryAsync(new DynamoDbQuery(_table, keys) { PageSize = 7, IsConsistent = true }, Token).Select(item => item["part"].S).ToListAsync(Token);
        var backwards = await _client.QueryAsync(new DynamoDbQuery(_table, keys) { IsBackwards = true }, Token).Select(item => item["part"].S).ToListAsync(Token);

        forwards.ShouldBe(Enumerable.Range(1, 118).Select(number => $"{number:000}"));
        backwards.ShouldBe(forwards.AsEnumerable().Reverse());
    }

    [Fact]
    public async Task Numbers_that_many_add_to_at_once_have_all_of_it()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _client.AddAsync(_table, Key("n", "1"), "count", 2, Token).AsTask()));

        (await _client.AddAsync(_table, Key("n", "1"), "count", -1, Token)).ShouldBe(99);
    }

    [Fact]
    public async Task What_the_service_does_not_take_is_told_by_its_code()
    {
        (await Should.ThrowAsync<FlexCoreException>(async () => await _client.GetAsync("nowhere", Key("a", "1"), isConsistent: false, Token))).Error.Code.ShouldBe(ErrorCodes.SystemRequestRefused);
    }

    [Theory]
    [InlineData(400, "ProvisionedThroughputExceededException", "FX5014", 3)]
    [InlineData(400, "ThrottlingException", "FX5014", 3)]
    [InlineData(503, "ServiceUnavailable", "FX5014", 3)]
    [InlineData(500, "InternalServerError", "FX5010", 3)]
    [InlineData(400, "UnrecognizedClientException", "FX5012", 1)]
    [InlineData(400, "AccessDeniedException", "FX5012", 1)]
    [InlineData(400, "ValidationException", "FX5013", 1)]
    public async Task Failure_is_told_by_its_code_and_tried_again_only_by_the_client_where_it_may_pass(int status, string type, string code, int attempts)
    {
        var asked = 0;
        await using var service = await TestService.StartAsync(context =>
        {
            Interlocked.Increment(ref asked);
            return AnswerAsync(context, status, $$"""{"__type":"com.amazonaws.dynamodb.v20120810#{{type}}","message":"so it is"}""");
        });
        await using var client = Connect(service.Address);

        var error = (await Should.ThrowAsync<FlexCoreException>(async () => await client.GetAsync("things", Key("a", "1"), isConsistent: false, Token))).Error;

        error.Code.Id.ShouldBe(code);
        error.Message.ShouldStartWith("dynamodb: GetItem: ");
        asked.ShouldBe(attempts);
    }

    [Fact]
    public async Task Writes_that_the_service_leaves_are_tried_again_alone()
    {
        ConcurrentQueue<string[]> batches = [];
        await using var service = await TestService.StartAsync(async context =>
        {
            var writes = (await JsonDocument.ParseAsync(context.Request.Body)).RootElement.GetProperty("RequestItems").GetProperty("things");
            batches.Enqueue([.. writes.EnumerateArray().Select(write => write.GetProperty("PutRequest").GetProperty("Item").GetProperty("part").GetProperty("S").GetString()!)]);
            var left = batches.Count == 1 ? $$"""{"things":[{{writes[1]}}]}""" : "{}";
            await AnswerAsync(context, 200, $$"""{"UnprocessedItems":{{left}}}""");
        });
        await using var client = Connect(service.Address);

        await client.WriteManyAsync("things", [Item("a", "1", "x"), Item("a", "2", "x"), Item("a", "3", "x")], [], Token);

        batches.ShouldBe([["1", "2", "3"], ["2"]]);
    }

    [Fact]
    public async Task Attribute_by_which_items_leave_is_told_to_the_service()
    {
        // dynalite does not know it.
        var told = new JsonElement();
        await using var service = await TestService.StartAsync(async context =>
        {
            context.Request.Headers["X-Amz-Target"].ToString().ShouldBe("DynamoDB_20120810.UpdateTimeToLive");
            told = (await JsonDocument.ParseAsync(context.Request.Body)).RootElement;
            await AnswerAsync(context, 200, "{}");
        });
        await using var client = Connect(service.Address);

        await client.SetExpiryAttributeAsync("things", "leaves", Token);

        told.GetProperty("TableName").GetString().ShouldBe("things");
        told.GetProperty("TimeToLiveSpecification").GetProperty("AttributeName").GetString().ShouldBe("leaves");
        told.GetProperty("TimeToLiveSpecification").GetProperty("Enabled").GetBoolean().ShouldBeTrue();
        DynamoDbClient.Expiry(DateTimeOffset.UnixEpoch.AddDays(1)).N.ShouldBe("86400");
    }

    internal static Task AnswerAsync(HttpContext context, int status, string body)
    {
        (context.Response.StatusCode, context.Response.ContentType) = (status, "application/x-amz-json-1.0");
        return context.Response.WriteAsync(body);
    }

    private static async Task ShouldConflictAsync(Func<ValueTask> write) => (await Should.ThrowAsync<FlexCoreException>(async () => await write())).Error.Code.ShouldBe(ErrorCodes.SystemConflict);

    private static DynamoDbClient Connect(string address)
    {
        var options = new DynamoDbOptions { Endpoint = address, AccessKey = "key", SecretKey = "secret" };
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        return new DynamoDbClient("dynamodb", options, NullLoggerFactory.Instance, TimeProvider.System);
    }

    private static Dictionary<string, AttributeValue> Key(string id, string part) => new(StringComparer.Ordinal) { ["id"] = new(id), ["part"] = new(part) };

    private static Dictionary<string, AttributeValue> Item(string id, string part, string text) => new(StringComparer.Ordinal) { ["id"] = new(id), ["part"] = new(part), ["text"] = new(text) };
}
