using System.Globalization;
using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.DynamoDb;

/// <summary>DynamoDB. Items are dictionaries of the driver's <see cref="AttributeValue"/>; neither keys nor values are in the log.</summary>
public sealed class DynamoDbClient : SystemClient
{
    private static readonly SystemTelemetry Telemetry = new("aws.dynamodb", SystemKind.Database);

    private static readonly Operation Put = new("PutItem", MayRepeat: true);
    private static readonly Operation PutIf = Put with { MayRepeat = false };
    private static readonly Operation Get = new("GetItem", MayRepeat: true);
    private static readonly Operation Delete = new("DeleteItem", MayRepeat: true);
    private static readonly Operation DeleteIf = Delete with { MayRepeat = false };
    private static readonly Operation Add = new("UpdateItem");
    private static readonly Operation Query = new("Query", MayRepeat: true);
    private static readonly Operation WriteMany = new("BatchWriteItem", MayRepeat: true);
    private static readonly Operation CreateTable = new("CreateTable", MayRepeat: true);
    private static readonly Operation SetExpiry = new("UpdateTimeToLive", MayRepeat: true);

    private readonly AmazonDynamoDBClient _service;

    internal DynamoDbClient(string name, DynamoDbOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time) => _service = DynamoService.Connect(options.Endpoint, options.Region, CredentialsOf(options));

    /// <summary>The value of an attribute that says when an item leaves, of the one that <see cref="SetExpiryAttributeAsync"/> names: seconds since 1970. DynamoDB takes such items away within days.</summary>
    public static AttributeValue Expiry(DateTimeOffset at) => new() { N = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) };

    /// <summary>Writes an item in the place of the one with its key.</summary>
    /// <param name="table">The table.</param>
    /// <param name="item">The item with its key.</param>
    /// <param name="condition">What must hold of the item that is there; null for nothing. With one nothing is tried again, for it may no longer hold because it was done.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="Domain.Errors.FlexCoreException">FX5015 where the condition does not hold.</exception>
    public async ValueTask PutAsync(string table, IReadOnlyDictionary<string, AttributeValue> item, DynamoDbExpression? condition, CancellationToken cancellationToken)
    {
        var request = new PutItemRequest(table, new(item, StringComparer.Ordinal))
        {
            ConditionExpression = condition?.Text, ExpressionAttributeNames = condition?.NamesOrNull, ExpressionAttributeValues = condition?.ValuesOrNull,
        };
        await RunAsync(condition is null ? Put : PutIf, table, (_service, request), static async (call, token) => await call._service.PutItemAsync(call.request, token), cancellationToken);
    }

    /// <summary>Reads an item.</summary>
    /// <param name="table">The table.</param>
    /// <param name="key">Its key.</param>
    /// <param name="isConsistent">Whether it must have all that was written before, which costs twice as much.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>Null where there is none.</returns>
    public ValueTask<IReadOnlyDictionary<string, AttributeValue>?> GetAsync(string table, IReadOnlyDictionary<string, AttributeValue> key, bool isConsistent, CancellationToken cancellationToken) => RunAsync(
        Get,
        table,
        (_service, Request: new GetItemRequest(table, new(key, StringComparer.Ordinal), isConsistent)),
        static async (call, token) =>
        {
            var answer = await call._service.GetItemAsync(call.Request, token);
            return answer.IsItemSet ? (IReadOnlyDictionary<string, AttributeValue>?)answer.Item : null;
        },
        cancellationToken);

    /// <summary>Deletes an item, if there is one.</summary>
    /// <param name="table">The table.</param>
    /// <param name="key">Its key.</param>
    /// <param name="condition">As of <see cref="PutAsync"/>.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async ValueTask DeleteAsync(string table, IReadOnlyDictionary<string, AttributeValue> key, DynamoDbExpression? condition, CancellationToken cancellationToken)
    {
        var request = new DeleteItemRequest(table, new(key, StringComparer.Ordinal))
        {
            ConditionExpression = condition?.Text, ExpressionAttributeNames = condition?.NamesOrNull, ExpressionAttributeValues = condition?.ValuesOrNull,
        };
        await RunAsync(condition is null ? Delete : DeleteIf, table, (_service, request), static async (call, token) => await call._service.DeleteItemAsync(call.request, token), cancellationToken);
    }

    /// <summary>Adds to a number of an item at one moment; both are made where they are not there.</summary>
    /// <returns>What it is then.</returns>
    public ValueTask<long> AddAsync(string table, IReadOnlyDictionary<string, AttributeValue> key, string attribute, long by, CancellationToken cancellationToken) => RunAsync(
        Add,
        table,
        (_service, table, key, attribute, by),
        static async (call, token) =>
        {
            var answer = await call._service.UpdateItemAsync(
                new UpdateItemRequest
                {
                    TableName = call.table,
                    Key = new(call.key, StringComparer.Ordinal),
                    UpdateExpression = "ADD #attribute :by",
                    ExpressionAttributeNames = new(StringComparer.Ordinal) { ["#attribute"] = call.attribute },
                    ExpressionAttributeValues = new(StringComparer.Ordinal) { [":by"] = new AttributeValue { N = call.by.ToString(CultureInfo.InvariantCulture) } },
                    ReturnValues = ReturnValue.UPDATED_NEW,
                },
                token);
            return long.Parse(answer.Attributes[call.attribute].N, CultureInfo.InvariantCulture);
        },
        cancellationToken);

    /// <summary>Asks for items page by page, in the order of their sort keys; the limit of time holds for each page.</summary>
    /// <param name="query">What is asked for.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async IAsyncEnumerable<IReadOnlyDictionary<string, AttributeValue>> QueryAsync(DynamoDbQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = query.ToRequest();
        do
        {
            var page = await RunAsync(Query, query.Table, (_service, request), static async (call, token) => await call._service.QueryAsync(call.request, token), cancellationToken);
            foreach (var item in page.Items ?? []) yield return item;
            request.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is { Count: > 0 });
    }

    /// <summary>Writes and deletes any number of items, each by itself. What the service leaves for later is tried again after a pause.</summary>
    /// <param name="table">The table.</param>
    /// <param name="items">Are written.</param>
    /// <param name="keys">Of items that are deleted.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="Domain.Errors.FlexCoreException">Some of it may have been done. FX5014 where the service has left too much too often.</exception>
    public async ValueTask WriteManyAsync(string table, IEnumerable<IReadOnlyDictionary<string, AttributeValue>> items, IEnumerable<IReadOnlyDictionary<string, AttributeValue>> keys, CancellationToken cancellationToken)
    {
        var puts = items.Select(item => new WriteRequest(new PutRequest(new(item, StringComparer.Ordinal))));
        var deletes = keys.Select(key => new WriteRequest(new DeleteRequest(new(key, StringComparer.Ordinal))));
        foreach (var writes in puts.Concat(deletes).Chunk(DynamoService.MostWrites))
        {
            var batch = new BatchWriteItemRequest(new Dictionary<string, List<WriteRequest>>(StringComparer.Ordinal) { [table] = [.. writes] });
            await RunAsync(WriteMany, table, (_service, batch), static (call, token) => DynamoService.WriteAsync(call._service, call.batch, token), cancellationToken);
        }
    }

    /// <summary>Makes a table that is paid by request, and waits until it can be used; nothing where it is there already.</summary>
    /// <param name="table">The table.</param>
    /// <param name="key">The attribute that says where an item is; a text.</param>
    /// <param name="sortKey">The attribute that orders items of the same place; a text. Null for none.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async ValueTask CreateTableAsync(string table, string key, string? sortKey, CancellationToken cancellationToken) => await RunAsync(
        CreateTable, table, (Client: this, table, key, sortKey), static (call, token) => DynamoService.CreateTableAsync(call.Client._service, call.table, call.key, call.sortKey, [], call.Client.Time, token), cancellationToken);

    /// <summary>Says which attribute has the time at which an item leaves by itself.</summary>
    /// <param name="table">The table.</param>
    /// <param name="attribute">The attribute; its values are as <see cref="Expiry"/> makes them.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async ValueTask SetExpiryAttributeAsync(string table, string attribute, CancellationToken cancellationToken)
    {
        var request = new UpdateTimeToLiveRequest { TableName = table, TimeToLiveSpecification = new TimeToLiveSpecification { AttributeName = attribute, Enabled = true } };
        await RunAsync(SetExpiry, table, (_service, request), static async (call, token) => await call._service.UpdateTimeToLiveAsync(call.request, token), cancellationToken);
    }

    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _service.ListTablesAsync(new ListTablesRequest { Limit = 1 }, cancellationToken);
        }
        catch (AmazonServiceException e) when (e.ErrorCode == "AccessDeniedException")
        {
            // It knows who asks, who may do something else.
        }

        return null;
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps() => [Disposing(_service)];

    private protected override CallFailure? Understand(Exception failure) => DynamoService.Understand(failure);

    private static AWSCredentials? CredentialsOf(DynamoDbOptions options) =>
        options.AccessKey.Length == 0 ? null
        : options.SessionToken.Length > 0 ? new SessionAWSCredentials(options.AccessKey, options.SecretKey, options.SessionToken)
        : new BasicAWSCredentials(options.AccessKey, options.SecretKey);
}
