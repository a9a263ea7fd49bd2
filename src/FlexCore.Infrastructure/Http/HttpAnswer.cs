using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Http;

/// <summary>What a service has answered: that something went well, or that it does not take what was asked.</summary>
public sealed class HttpAnswer
{
    private readonly string _service;

    internal HttpAnswer(string service, HttpStatusCode status, HttpResponseHeaders headers, string? contentType, ReadOnlyMemory<byte> body) =>
        (_service, Status, Headers, ContentType, Body) = (service, status, headers, contentType, body);

    /// <summary>Its status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>Its headers.</summary>
    public HttpResponseHeaders Headers { get; }

    /// <summary>The type of <see cref="Body"/>, without parameters.</summary>
    public string? ContentType { get; }

    /// <summary>What it says, unpacked.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Whether the status is of 200 to 299.</summary>
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>The document in the answer.</summary>
    /// <exception cref="FlexCoreException">The service refused what was asked, or what it says is no such document.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
    {
        EnsureSuccess();
        try
        {
            return JsonSerializer.Deserialize(Body.Span, type) ?? throw Failed(FailureKind.RequestRefused, "the answer is null");
        }
        catch (JsonException e)
        {
            throw Failed(FailureKind.RequestRefused, $"the answer is not the document that was expected, at {e.Path ?? "$"}");
        }
    }

    /// <summary>Goes on if the service did what was asked.</summary>
    /// <exception cref="FlexCoreException">It did not; the code says how.</exception>
    public HttpAnswer EnsureSuccess() => IsSuccess ? this : throw Failed(
        Status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.ProxyAuthenticationRequired => FailureKind.AccessRefused,
            HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed => FailureKind.Conflict,
            _ => FailureKind.RequestRefused,
        },
        Problem() is { } problem ? $"{(int)Status}: {problem}" : $"{(int)Status}");

    /// <summary>What a problem document says (RFC 9457).</summary>
    private string? Problem()
    {
        if (ContentType is not "application/problem+json") return null;
        try
        {
            using var document = JsonDocument.Parse(Body);
            foreach (var member in (string[])["detail", "title"])
            {
                if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(member, out var text) && text.ValueKind == JsonValueKind.String) return text.GetString();
            }
        }
        catch (JsonException)
        {
            // It is none, whatever its type says.
        }

        return null;
    }

    private FlexCoreException Failed(FailureKind kind, string message) => new(new Error(new CallFailure(kind, message).Code, $"{_service}: {message}"));
}
