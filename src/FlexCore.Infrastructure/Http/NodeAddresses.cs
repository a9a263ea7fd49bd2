using System.Text.Json.Serialization;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Http;

/// <summary>Where the nodes of a FlexCore cluster are, as any of them tells. While none tells, those that were known last, or that are set, will do.</summary>
internal sealed class NodeAddresses
{
    /// <summary>What is asked of a node.</summary>
    public static HttpCall Question { get; } = new(HttpMethod.Get, "api/v1/nodes");

    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(2);

    private readonly Uri[] _seeds;
    private readonly Func<Uri, CancellationToken, ValueTask<HttpAnswer>> _ask;
    private readonly TimeProvider _time;
    private volatile Uri[] _known;
    private long _askedAt;
    private int _isAsking;
    private volatile bool _isCertain;

    /// <param name="seeds">Those that are set.</param>
    /// <param name="ask">Asks one of them.</param>
    /// <param name="time">The clock.</param>
    public NodeAddresses(Uri[] seeds, Func<Uri, CancellationToken, ValueTask<HttpAnswer>> ask, TimeProvider time)
    {
        _known = _seeds = seeds;
        (_ask, _time) = (ask, time);
    }

    /// <summary>The nodes that are there; one caller at a time asks for them, and the others take what is known.</summary>
    public async ValueTask<Uri[]> FindAsync(CancellationToken cancellationToken)
    {
        if ((_isCertain && _time.GetElapsedTime(Interlocked.Read(ref _askedAt)) < KeptFor) || Interlocked.Exchange(ref _isAsking, 1) == 1) return _known;
        try
        {
            if (await AskAsync(cancellationToken) is { Length: > 0 } found) _known = found;
            Interlocked.Exchange(ref _askedAt, _time.GetTimestamp());
            _isCertain = true;
        }
        finally
        {
            Volatile.Write(ref _isAsking, 0);
        }

        return _known;
    }

    /// <summary>One of them could not be reached: the next one who needs a node asks again.</summary>
    public void Doubt() => _isCertain = false;

    private async ValueTask<Uri[]?> AskAsync(CancellationToken cancellationToken)
    {
        foreach (var node in _known.Concat(_seeds).Distinct())
        {
            try
            {
                using var limit = new CancellationTokenSource(LongestAnswer, _time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
                var nodes = (await _ask(node, either.Token)).Read(NodesJson.Default.NodePage).Items;
                return [.. nodes.Where(each => each.Status == "live").Select(each => Read(each.Address)).OfType<Uri>().Distinct()];
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && (e is FlexCoreException or OperationCanceledException || HttpExchange.Understand(e) is not null))
            {
                // Another one may know.
            }
        }

        return null;
    }

    /// <summary>An address that may be shown the credentials that the set ones are shown.</summary>
    private Uri? Read(string? text) =>
        text is not null && Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out var address) && _seeds.Any(seed => seed.Scheme == address.Scheme) ? address : null;
}

/// <summary>What is read of the list of nodes; there may be more.</summary>
internal sealed record NodePage(IReadOnlyList<NodeItem> Items);

/// <summary>A node.</summary>
internal sealed record NodeItem(string Status, string? Address = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(NodePage))]
internal sealed partial class NodesJson : JsonSerializerContext;
