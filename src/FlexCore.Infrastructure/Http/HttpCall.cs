using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FlexCore.Infrastructure.Http;

/// <summary>A request, as often as it is sent.</summary>
/// <param name="Method">Its method. What is neither GET, HEAD, OPTIONS, PUT nor DELETE is tried again only with an <see cref="IdempotencyKey"/>.</param>
/// <param name="Path">Relative to the address of the service, with its query. Never in the log: it may have anything in it.</param>
public sealed record HttpCall(HttpMethod Method, string Path)
{
    /// <summary>What is sent.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Its type.</summary>
    public string? ContentType { get; init; }

    /// <summary>Further headers.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>By which the service knows the same request again (draft-ietf-httpapi-idempotency-key-header); so it may be tried again.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>A request with a JSON document.</summary>
    public static HttpCall Json<T>(HttpMethod method, string path, T document, JsonTypeInfo<T> type) =>
        new(method, path) { Body = JsonSerializer.SerializeToUtf8Bytes(document, type), ContentType = "application/json" };

    internal bool MayRepeat => IdempotencyKey is not null || Method == HttpMethod.Get || Method == HttpMethod.Head || Method == HttpMethod.Options || Method == HttpMethod.Put || Method == HttpMethod.Delete;
}
