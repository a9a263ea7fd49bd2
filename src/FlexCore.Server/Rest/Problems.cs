using System.Globalization;
using System.Text.Json;
using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Server.Edge;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server.Rest;

/// <summary>Errors as Problem Details (RFC 9457).</summary>
internal static class Problems
{
    private const string ContentType = "application/problem+json";
    private static readonly TimeSpan BeforeAnotherAttempt = TimeSpan.FromSeconds(5);

    private static readonly Dictionary<ErrorCode, int> Special = new()
    {
        [ErrorCodes.NotFound] = StatusCodes.Status404NotFound,
        [ErrorCodes.PipelineNotStartable] = StatusCodes.Status409Conflict,
        [ErrorCodes.VersionConflict] = StatusCodes.Status409Conflict,
        [ErrorCodes.RequestTooLarge] = StatusCodes.Status413PayloadTooLarge,
        [ErrorCodes.WebhookRefused] = StatusCodes.Status401Unauthorized,
        [ErrorCodes.TokenRefused] = StatusCodes.Status401Unauthorized,
        [ErrorCodes.IdentityProviderUnavailable] = StatusCodes.Status503ServiceUnavailable,
        [ErrorCodes.TooManyRequests] = StatusCodes.Status429TooManyRequests,
        [ErrorCodes.IdempotencyKeyUsed] = StatusCodes.Status422UnprocessableEntity,
        [ErrorCodes.RequestUnderWay] = StatusCodes.Status409Conflict,
        [ErrorCodes.StateMoved] = StatusCodes.Status412PreconditionFailed,
        [ErrorCodes.PipelineMoved] = StatusCodes.Status412PreconditionFailed,
        [ErrorCodes.CatalogMoved] = StatusCodes.Status412PreconditionFailed,
        [ErrorCodes.AlreadyExists] = StatusCodes.Status409Conflict,
        [ErrorCodes.RunEnded] = StatusCodes.Status409Conflict,
        [ErrorCodes.RunNotEnded] = StatusCodes.Status409Conflict,
        [ErrorCodes.VerificationTooLong] = StatusCodes.Status422UnprocessableEntity,
    };

    /// <summary>Answers with errors; the first says the status.</summary>
    /// <param name="context">The request.</param>
    /// <param name="errors">Why it was not done.</param>
    /// <param name="retryAfter">When it is worth asking again, where that is known.</param>
    /// <param name="status">The HTTP status, where the first error does not say it.</param>
    public static Task WriteAsync(HttpContext context, IReadOnlyList<Error> errors, TimeSpan? retryAfter = null, int? status = null)
    {
        var error = errors[0];
        var record = context.Record();
        record.Error = error;
        status ??= StatusOf(error.Code);
        context.Response.StatusCode = status.Value;
        if (retryAfter is null && status == StatusCodes.Status503ServiceUnavailable) retryAfter = BeforeAnotherAttempt;
        if (retryAfter is { } pause) context.Response.Headers.RetryAfter = Math.Ceiling(pause.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var problem = new Problem(
            $"urn:flexcore:error:{error.Code.Id}", error.Code.Meaning, status.Value, error.Message, error.Code.Id, error.Remedy,
            errors is [{ Location: null }] ? null : [.. errors.Select(each => new ProblemCause(each.Code.Id, each.Message, each.Remedy, each.Location?.File, each.Location?.Line, each.Location?.Column))],
            record.CorrelationId);
        return context.Response.WriteAsJsonAsync(problem, FlexCoreJson.Default.Problem, ContentType, context.RequestAborted);
    }

    /// <summary>Answers for what goes wrong further in.</summary>
    public static async Task CatchAsync(HttpContext context, RequestDelegate next, ILogger log)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, ContentType: null, StatusCode: >= StatusCodes.Status400BadRequest }) await ExplainAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
        catch (BadHttpRequestException e)
        {
            var code = e.StatusCode == StatusCodes.Status413PayloadTooLarge ? ErrorCodes.RequestTooLarge : ErrorCodes.InvalidValue;
            if (!context.Response.HasStarted) await WriteAsync(context, [new Error(code, Describe(e))]);
        }
        catch (FlexCoreException e)
        {
            if (!context.Response.HasStarted) await WriteAsync(context, e.Errors);
        }
#pragma warning disable CA1031 // One request must not take the node with it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.Broken(context.GetEndpoint()?.DisplayName, e);
            if (!context.Response.HasStarted) await WriteAsync(context, [new Error(ErrorCodes.Bug, "this is a defect of the server; its log says more")]);
        }
    }

    // Routing answers by itself where no endpoint fits, and says nothing.
    private static Task ExplainAsync(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status405MethodNotAllowed => WriteAsync(context, [new Error(ErrorCodes.InvalidValue, $"{Printable.Escape(context.Request.Method)} cannot be done here", SpecificRemedy: $"Use {context.Response.Headers.Allow}.")], status: StatusCodes.Status405MethodNotAllowed),
        StatusCodes.Status415UnsupportedMediaType => WriteAsync(context, [new Error(ErrorCodes.InvalidValue, "the body is not JSON", SpecificRemedy: "Send it with `Content-Type: application/json`.")], status: StatusCodes.Status415UnsupportedMediaType),
        StatusCodes.Status413PayloadTooLarge => WriteAsync(context, [new Error(ErrorCodes.RequestTooLarge, "the body is larger than it may be")]),
        StatusCodes.Status404NotFound => WriteAsync(context, [new Error(ErrorCodes.NotFound, "there is nothing at this address", SpecificRemedy: "See /openapi/v1.json.")]),
        var status => WriteAsync(context, [new Error(ErrorCodes.InvalidValue, "the request cannot be read")], status: status),
    };

    // What the framework says of a body says where it is wrong, and not what stands there.
    private static string Describe(BadHttpRequestException e) => e.InnerException is JsonException { Path: { } path } json
        ? $"the body is not what is asked for, at {Printable.Escape(path)}{(json.LineNumber is { } line ? $", line {line + 1}" : "")}"
        : e.Message.StartsWith("Implicit body", StringComparison.Ordinal) ? "the body is missing" : e.Message;

    /// <summary>The HTTP status of an error.</summary>
    public static int StatusOf(ErrorCode code) => Special.TryGetValue(code, out var status)
        ? status
        : (ErrorClass)(code.Id[2] - '0') switch
        {
            ErrorClass.Input => StatusCodes.Status400BadRequest,
            ErrorClass.Plugin => StatusCodes.Status422UnprocessableEntity,
            ErrorClass.Store => StatusCodes.Status503ServiceUnavailable,
            ErrorClass.Coordination => code.IsTransient ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status409Conflict,
            ErrorClass.External => StatusCodes.Status502BadGateway,
            ErrorClass.Access => StatusCodes.Status403Forbidden,
            _ => StatusCodes.Status500InternalServerError,
        };
}
