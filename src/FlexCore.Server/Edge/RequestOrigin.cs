using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Edge;

/// <summary>What a request says of where it belongs.</summary>
internal static class RequestOrigin
{
    /// <summary>The header with the correlation id, of requests and of answers.</summary>
    public const string CorrelationHeader = "X-Correlation-ID";

    private const int LongestCorrelationId = 128;

    // It is written into logs, events and headers as it is.
    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/+=@");

    /// <summary>The id that the caller has given it; a new one where they gave none that can be used.</summary>
    public static string CorrelationIdOf(HttpRequest request) =>
        request.Headers[CorrelationHeader] is [{ Length: > 0 and <= LongestCorrelationId } given] && !given.AsSpan().ContainsAnyExcept(Allowed) ? given : Guid.CreateVersion7().ToString();
}
