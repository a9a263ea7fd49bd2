using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using FlexCore.Domain.Errors;
using FlexCore.Server.Grpc;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FlexCore.Server.Edge;

/// <summary>What is told of a request when it has been answered; whoever answers it fills in what they know.</summary>
/// <param name="correlationId">What the request and all that it causes can be found by.</param>
internal sealed partial class RequestRecord(string correlationId)
{
    private static readonly ConcurrentDictionary<string, string> Documented = new(StringComparer.Ordinal);

    /// <summary>What the request and all that it causes can be found by.</summary>
    public string CorrelationId => correlationId;

    /// <summary>Why it was not done; null where it was.</summary>
    public Error? Error { get; set; }

    /// <summary>The method of gRPC that was called; null of any other request, and of a method that there is not.</summary>
    public string? GrpcMethod { get; set; }

    /// <summary>How a call of gRPC has ended; null of any other request.</summary>
    public GrpcCode? GrpcCode { get; set; }

    /// <summary>Whether its answer may go on for as long as the caller listens.</summary>
    public bool IsStream { get; set; }

    /// <summary>Whether it only asks how the server is: a machine does so every few seconds, and nobody wants to read of it.</summary>
    public bool IsHealthCheck { get; set; }

    /// <summary>The address without what callers have written into it, which may be a secret; null where there is nothing at it.</summary>
    public string? RouteOf(HttpContext context) => GrpcMethod ?? ((context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } route ? Documented.GetOrAdd(route, AsDocumented) : null);

    private static string AsDocumented(string route) => Constraint().Replace(route, "{${name}}").TrimEnd('/');

    // What a part of the address must look like is between us and the router.
    [GeneratedRegex(@"\{\*{0,2}(?<name>\w+)[^}]*\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Constraint();
}

/// <summary>Marks an endpoint that says how the server is.</summary>
internal sealed class HealthEndpoint;

/// <summary>The record of a request.</summary>
internal static class RequestRecordFeature
{
    /// <summary>The record; every request has one.</summary>
    public static RequestRecord Record(this HttpContext context) => context.Features.Get<RequestRecord>() ?? throw new InvalidOperationException("the request has come in past the edge");
}
