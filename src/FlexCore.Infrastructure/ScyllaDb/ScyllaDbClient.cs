using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.DynamoDb;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.ScyllaDb;

/// <summary>Series of points in ScyllaDB, by Alternator. The points of a day of a series lie together, in the order of their times. A write always waits for most of the replicas of the near data centre (LOCAL_QUORUM).</summary>
public sealed class ScyllaDbClient : SystemClient
{
    private const string Quorum = "LOCAL_QUORUM";

    private static readonly SystemTelemetry Telemetry = new(
        "scylladb", SystemKind.Database, SystemTelemetry.CreateDuration("scylladb_query_duration_seconds", "How long questions to ScyllaDB took their callers."), "consistency_level");

    private static readonly Operation Write = new("BatchWriteItem", MayRepeat: true) { Kind = Quorum };
    private static readonly Operation ReadStrongly = new("Query", MayRepeat: true) { Kind = Quorum };
    private static readonly Operation ReadEventually = new("Query", MayRepeat: true) { Kind = "LOCAL_ONE" };
    private static readonly Operation CreateTable = new("CreateTable", MayRepeat: true) { Kind = Quorum };
    private static readonly Operation SetExpiry = new("UpdateTimeToLive", MayRepeat: true) { Kind = Quorum };

    private readonly AmazonDynamoDBClient[] _nodes;
    private uint _next;

    internal ScyllaDbClient(string name, ScyllaDbOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time)
    {
        // Where Alternator does not ask who one is, it still wants something in that place.
        var credentials = options.AccessKey.Length == 0 ? new BasicAWSCredentials("none", "none") : new BasicAWSCredentials(options.AccessKey, options.SecretKey);
        _nodes = [.. options.Addresses.Select(address => DynamoService.Connect(address, region: "", credentials))];
    }

    // Of several nodes that are as good as each other, the next one for each attempt.
    private AmazonDynamoDBClient Node => _nodes[Interlocked.Increment(ref _next) % (uint)_nodes.Length];

    /// <summary>Makes a table for series; nothing where it is there already.</summary>
    public async ValueTask CreateTableAsync(string table, CancellationToken cancellationToken) => await RunAsync(
        CreateTable,
        table,
        (Client: this, table),
        static (call, token) =>
        {
            // No write of a series depends on what is there, so none has to be agreed upon first (https://docs.scylladb.com/manual/stable/alternator/new-apis.html#write-isolation-policies).
            List<Tag> tags = [new Tag { Key = "system:write_isolation", Value = "forbid_rmw" }];
            return DynamoService.CreateTableAsync(call.Client.Node, call.table, ScyllaPoint.PartitionKey, ScyllaPoint.SortKey, tags, call.Client.Time, token);
        },
        cancellationToken);

    /// <summary>Lets points of a table leave by themselves that were written with a time for it.</summary>
    public async ValueTask EnableExpiryAsync(string table, CancellationToken cancellationToken)
    {
        var request = new UpdateTimeToLiveRequest { TableName = table, TimeToLiveSpecification = new TimeToLiveSpecification { AttributeName = ScyllaPoint.Expiry, Enabled = true } };
        await RunAsync(SetExpiry, table, (Client: this, request), static async (call, token) => await call.Client.Node.UpdateTimeToLiveAsync(call.request, token), cancellationToken);
    }

    /// <summary>Writes any number of points, each by itself and in the place of one of the same series, time and sequence.</summary>
    /// <param name="table">The table.</param>
    /// <param name="points">The points.</param>
    /// <param name="keepFor">How long they stay; null for ever. Wants <see cref="EnableExpiryAsync"/>.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="Domain.Errors.FlexCoreException">Some of them may have been written.</exception>
    public async ValueTask WriteAsync(string table, IEnumerable<ScyllaPoint> points, TimeSpan? keepFor, CancellationToken cancellationToken)
    {
        var leaves = keepFor is { } time ? Time.GetUtcNow() + time : null as DateTimeOffset?;
        foreach (var chunk in points.Chunk(DynamoService.MostWrites))
        {
            var batch = new BatchWriteItemRequest(new Dictionary<string, List<WriteRequest>>(StringComparer.Ordinal) { [table] = [.. chunk.Select(point => new WriteRequest(new PutRequest(point.ToItem(leaves))))] });
            await RunAsync(Write, table, (Client: this, batch), static (call, token) => DynamoService.WriteAsync(call.Client.Node, call.batch, token), cancellationToken);
        }
    }

    /// <summary>Reads the points of a series in the order of their times, page by page and day by day; the limit of time holds for each page.</summary>
    /// <param name="table">The table.</param>
    /// <param name="series">The series.</param>
    /// <param name="from">The first time.</param>
    /// <param name="to">The time before which it ends. Each day from the first to this one is a question, also where there is nothing.</param>
    /// <param name="consistency">What the read must have.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async IAsyncEnumerable<ScyllaPoint> ReadAsync(string table, string series, DateTimeOffset from, DateTimeOffset to, ScyllaConsistency consistency, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (to <= from) yield break;
        for (var day = ScyllaPoint.DayOf(from); ; day = day.AddDays(1))
        {
            var request = RequestOf(table, series, day, from, to, consistency);
            do
            {
                var page = await RunAsync(
                    consistency == ScyllaConsistency.Strong ? ReadStrongly : ReadEventually, table, (Client: this, request), static async (call, token) => await call.Client.Node.QueryAsync(call.request, token), cancellationToken);
                foreach (var item in page.Items ?? []) yield return ScyllaPoint.From(series, item);
                request.ExclusiveStartKey = page.LastEvaluatedKey;
            }
            while (request.ExclusiveStartKey is { Count: > 0 });

            if (day == ScyllaPoint.DayOf(to)) yield break;
        }
    }

    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        await Node.ListTablesAsync(new ListTablesRequest { Limit = 1 }, cancellationToken);
        return null;
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps() => _nodes.Select(Disposing);

    private protected override CallFailure? Understand(Exception failure) => DynamoService.Understand(failure);

    // A time without a sequence is less than each point of that time: the first one is taken, the last one is not.
    private static QueryRequest RequestOf(string table, string series, DateOnly day, DateTimeOffset from, DateTimeOffset to, ScyllaConsistency consistency) => new(table)
    {
        KeyConditionExpression = "#day = :day AND #at BETWEEN :from AND :to",
        ExpressionAttributeNames = new(StringComparer.Ordinal) { ["#day"] = ScyllaPoint.PartitionKey, ["#at"] = ScyllaPoint.SortKey },
        ExpressionAttributeValues = new(StringComparer.Ordinal)
        {
            [":day"] = new(ScyllaPoint.PartitionOf(series, day)), [":from"] = new(ScyllaPoint.SortKeyOf(from)), [":to"] = new(ScyllaPoint.SortKeyOf(to)),
        },
        ConsistentRead = consistency == ScyllaConsistency.Strong,
    };
}
