using System.Text.Json.Serialization;
using FlexCore.Domain.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace FlexCore.Server.Rest;

/// <summary>Errors as Problem Details (RFC 9457).</summary>
internal static class Problems
{
    private const string ContentType = "application/problem+json";
    private const int SecondsBeforeAnotherAttempt = 5;

    private static readonly Dictionary<ErrorCode, int> Special = new()
    {
        [ErrorCodes.NotFound] = StatusCodes.Status404NotFound,
        [ErrorCodes.PipelineNotStartable] = StatusCodes.Status409Conflict,
        [ErrorCodes.VersionConflict] = StatusCodes.Status409Conflict,
        [ErrorCodes.RequestTooLarge] = StatusCodes.Status413PayloadTooLarge,
        [ErrorCodes.WebhookRefused] = StatusCodes.Status401Unauthorized,
    };

    /// <summary>Answers with errors; the first says the status.</summary>
    public static Task WriteAsync(HttpContext context, IReadOnlyList<Error> errors)
    {
        var error = errors[0];
        var status = StatusOf(error.Code);
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = $"{SecondsBeforeAnotherAttempt}";
        var problem = new Problem(ReasonPhrases.GetReasonPhrase(status), status, string.Join("; ", errors.Select(each => each.Message)), error.Code.Id, error.Remedy);
        return context.Response.WriteAsJsonAsync(problem, ProblemJson.Default.Problem, ContentType, context.RequestAborted);
    }

    /// <summary>Answers for what goes wrong further in.</summary>
    public static async Task CatchAsync(HttpContext context, RequestDelegate next, Action<string> warn)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
        catch (BadHttpRequestException e)
        {
            var code = e.StatusCode == StatusCodes.Status413PayloadTooLarge ? ErrorCodes.RequestTooLarge : ErrorCodes.InvalidValue;
            await WriteAsync(context, [new Error(code, e.Message)]);
        }
        catch (FlexCoreException e)
        {
            await WriteAsync(context, e.Errors);
        }
#pragma warning disable CA1031 // One request must not take the node with it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            warn($"{context.Request.Method} {context.GetEndpoint()?.DisplayName}: {e}");
            if (!context.Response.HasStarted) await WriteAsync(context, [new Error(ErrorCodes.Bug, "this is a defect of the server; its log says more")]);
        }
    }

    private static int StatusOf(ErrorCode code) => Special.TryGetValue(code, out var status)
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

/// <summary>A problem document. Its <c>type</c> is the one of RFC 9457 where nothing is said: what kind of problem it is says the code.</summary>
/// <param name="Title">The status in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What was wrong this time.</param>
/// <param name="Code"><c>FX</c> and four digits.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record Problem(string Title, int Status, string Detail, string Code, string Remedy);

/// <summary>Serialises them.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(AcceptedRun))]
internal sealed partial class ProblemJson : JsonSerializerContext;
