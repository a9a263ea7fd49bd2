using System.Net;
using Amazon;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.DynamoDb;

/// <summary>What all have in common that speak DynamoDB's protocol.</summary>
internal static class DynamoService
{
    /// <summary>How many writes the protocol takes at once.</summary>
    public const int MostWrites = 25;

    /// <summary>Whether a text is an address of a service.</summary>
    public static bool IsAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "https" or "http";

    /// <summary>Connects, with the library's own attempts, limits of time and log off: there are ours.</summary>
    /// <param name="address">Empty for the region's own.</param>
    /// <param name="region">Empty where there is an address.</param>
    /// <param name="credentials">Null for what the machine gives.</param>
    public static AmazonDynamoDBClient Connect(string address, string region, AWSCredentials? credentials)
    {
        var config = new AmazonDynamoDBConfig { MaxErrorRetry = 0, ThrottleRetries = false, Timeout = Timeout.InfiniteTimeSpan, DisableLogging = true };
        if (address.Length > 0) (config.ServiceURL, config.AuthenticationRegion) = (address, region.Length > 0 ? region : RegionEndpoint.USEast1.SystemName);
        else config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        return credentials is null ? new AmazonDynamoDBClient(config) : new AmazonDynamoDBClient(credentials, config);
    }

    /// <summary>Writes what is still to be written of a batch, and forgets of it what was.</summary>
    /// <exception cref="UnprocessedException">The service has left some of it.</exception>
    public static async ValueTask<bool> WriteAsync(IAmazonDynamoDB service, BatchWriteItemRequest batch, CancellationToken cancellationToken)
    {
        var left = (await service.BatchWriteItemAsync(batch, cancellationToken)).UnprocessedItems;
        if (left is not { Count: > 0 }) return true;
        batch.RequestItems = left;
        throw new UnprocessedException(left.Values.Sum(writes => writes.Count));
    }

    /// <summary>Makes a table that is paid by request, and waits until it can be used.</summary>
    public static async ValueTask<bool> CreateTableAsync(IAmazonDynamoDB service, string table, string key, string? sortKey, List<Tag> tags, TimeProvider time, CancellationToken cancellationToken)
    {
        List<KeySchemaElement> keys = [new KeySchemaElement(key, KeyType.HASH)];
        if (sortKey is not null) keys.Add(new KeySchemaElement(sortKey, KeyType.RANGE));
        var request = new CreateTableRequest(table, keys) { BillingMode = BillingMode.PAY_PER_REQUEST, AttributeDefinitions = [.. keys.Select(part => new AttributeDefinition(part.AttributeName, ScalarAttributeType.S))] };
        if (tags.Count > 0) request.Tags = tags;
        try
        {
            await service.CreateTableAsync(request, cancellationToken);
        }
        catch (ResourceInUseException)
        {
            // It is there already, or another one makes it now.
        }

        while ((await service.DescribeTableAsync(table, cancellationToken)).Table.TableStatus != TableStatus.ACTIVE) await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellationToken);
        return true;
    }

    /// <summary>What a failure means (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html); null of what is none of the service.</summary>
    public static CallFailure? Understand(Exception failure) => failure switch
    {
        UnprocessedException left => new CallFailure(FailureKind.Busy, left.Message),
        AmazonServiceException { StatusCode: >= HttpStatusCode.OK } refused => new CallFailure(KindOf(refused), $"{refused.ErrorCode}: {refused.Message}"),
        AmazonServiceException or HttpRequestException or IOException => new CallFailure(FailureKind.Unreachable, (failure.InnerException ?? failure).GetType().Name),
        AmazonClientException nobody => new CallFailure(FailureKind.AccessRefused, nobody.Message),
        _ => null,
    };

    private static FailureKind KindOf(AmazonServiceException refused) => refused.ErrorCode switch
    {
        "ConditionalCheckFailedException" => FailureKind.Conflict,
        "ProvisionedThroughputExceededException" or "ThrottlingException" or "RequestLimitExceeded" or "LimitExceededException" or "TransactionConflictException" => FailureKind.Busy,
        "UnrecognizedClientException" or "InvalidSignatureException" or "IncompleteSignatureException" or "MissingAuthenticationTokenException" or "ExpiredTokenException" => FailureKind.AccessRefused,
        "AccessDeniedException" => FailureKind.AccessRefused,
        _ => refused.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => FailureKind.AccessRefused,
            HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests => FailureKind.Busy,
            >= HttpStatusCode.InternalServerError => FailureKind.Unreachable,
            _ => FailureKind.RequestRefused,
        },
    };

    /// <summary>Some writes of a batch were left.</summary>
    internal sealed class UnprocessedException(int count) : Exception($"{count} writes of a batch were left, because there were too many at once");
}
