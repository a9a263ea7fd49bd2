using FlexCore.Application.Bus;
using FlexCore.Application.Scheduling;
using FlexCore.Client;
using FlexCore.Domain.Access;
using FlexCore.Domain.Scheduling;
using FlexCore.Server.Edge;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Rest;

/// <summary><c>POST /hooks/{pipeline}</c>: a signed message that starts a run; 202 with the run's id when that is on record.</summary>
internal static class WebhookEndpoint
{
    /// <summary>The largest message, in bytes.</summary>
    public const int MaxBodyBytes = 1024 * 1024;

    private static readonly Caller Sender = new("webhook", Role.Operator);

    public static async Task HandleAsync(HttpContext context, MessageBus bus)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var message = new WebhookMessage(Header("webhook-id"), Header("webhook-timestamp"), Header("webhook-signature"), body.ToArray());
        var run = await bus.SendAsync(new ReceiveWebhook((string)context.Request.RouteValues["pipeline"]!, message), Sender with { CorrelationId = context.Record().CorrelationId }, context.RequestAborted);
        if (!run.IsSuccess)
        {
            await Problems.WriteAsync(context, run.Errors);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await context.Response.WriteAsJsonAsync(new AcceptedRun(run.Value), FlexCoreJson.Default.AcceptedRun, contentType: null, context.RequestAborted);

        string? Header(string name) => context.Request.Headers[name] is [{ } only] ? only : null;
    }
}
