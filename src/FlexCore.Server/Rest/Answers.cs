using System.Text.Json.Serialization.Metadata;
using FlexCore.Application.Bus;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Server.Access;
using FlexCore.Server.Documents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace FlexCore.Server.Rest;

/// <summary>From a request of HTTP to the bus and back.</summary>
internal sealed class Answers(MessageBus bus)
{
    /// <summary>Asks, and answers with a document.</summary>
    /// <param name="context">The request.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="describe">Makes the document.</param>
    /// <param name="json">How that is written.</param>
    /// <param name="status">The HTTP status.</param>
    public async Task AskAsync<TResult, TDocument>(
        HttpContext context, IRequest<TResult> request, Func<TResult, TDocument> describe, JsonTypeInfo<TDocument> json, int status = StatusCodes.Status200OK)
    {
        var answer = await SendAsync(context, request);
        if (answer.IsSuccess) await WriteAsync(context, describe(answer.Value), json, status);
        else await Problems.WriteAsync(context, answer.Errors);
    }

    /// <summary>Asks.</summary>
    public Task<Result<TResult>> SendAsync<TResult>(HttpContext context, IRequest<TResult> request) => bus.SendAsync(request, context.Caller(), context.RequestAborted);

    /// <summary>What is told of a run, to its end.</summary>
    public IAsyncEnumerable<RunNews> FollowRun(HttpContext context, Guid run, CancellationToken cancellationToken) => FollowedRun.FollowAsync(bus, context.Caller(), run, cancellationToken);

    /// <summary>Answers with a document.</summary>
    public static Task WriteAsync<TDocument>(HttpContext context, TDocument document, JsonTypeInfo<TDocument> json, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(document, json, contentType: null, context.RequestAborted);
    }

    /// <summary>Asks for what has no document.</summary>
    public async Task AskAsync<TResult>(HttpContext context, IRequest<TResult> request)
    {
        var answer = await SendAsync(context, request);
        if (answer.IsSuccess) context.Response.StatusCode = StatusCodes.Status204NoContent;
        else await Problems.WriteAsync(context, answer.Errors);
    }
}

/// <summary>What the document of the API says of an endpoint beside its parameters.</summary>
internal static class EndpointDocument
{
    /// <summary>Names an endpoint, and says what it answers with.</summary>
    public static RouteHandlerBuilder Says<T>(this RouteHandlerBuilder endpoint, string name, string summary, int status = StatusCodes.Status200OK, string contentType = "application/json") =>
        endpoint.WithName(name).WithSummary(summary).WithMetadata(new ProducesResponseTypeMetadata(status, typeof(T), [contentType])).CanFail();

    /// <summary>Names an endpoint that answers with nothing.</summary>
    public static RouteHandlerBuilder SaysNothing(this RouteHandlerBuilder endpoint, string name, string summary) =>
        endpoint.WithName(name).WithSummary(summary).WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status204NoContent, typeof(void))).CanFail();

    /// <summary>Says that the body is bytes of any kind.</summary>
    public static RouteHandlerBuilder TakesBytes(this RouteHandlerBuilder endpoint) => endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
    {
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { ["application/octet-stream"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } } },
        };
        return Task.CompletedTask;
    });

    private static RouteHandlerBuilder CanFail(this RouteHandlerBuilder endpoint)
    {
        foreach (var status in (int[])[400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 500, 502, 503])
            endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(Problem), ["application/problem+json"]));
        return endpoint;
    }
}
