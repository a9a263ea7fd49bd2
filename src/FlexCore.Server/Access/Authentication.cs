using System.Net;
using FlexCore.Application.Access;
using FlexCore.Application.Bus;
using FlexCore.Domain.Errors;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Access;

/// <summary>Finds out who asks, before anything else is done for them: <c>Authorization: Bearer</c> and an access token (RFC 6750).</summary>
internal sealed class Authentication(TokenAuthenticator tokens, RefusedTokens refused)
{
    private const string Scheme = "Bearer ";

    /// <summary>Lets pass who is known, and all to what is public.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<PublicEndpoint>() is not null)
        {
            await next(context);
            return;
        }

        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (refused.MustWait(address) is { } pause)
        {
            await Problems.WriteAsync(context, [new Error(ErrorCodes.TooManyRequests, "too many tokens were refused that came from this address")], pause);
            return;
        }

        var found = await FindAsync(context);
        if (!found.IsSuccess)
        {
            await refused.CountAsync(address, found.Errors[0].Message, context.RequestAborted);
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Problems.WriteAsync(context, found.Errors);
            return;
        }

        context.Features.Set(found.Value);
        await next(context);
    }

    private async ValueTask<Result<Caller>> FindAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization;
        return header is [{ } only] && only.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? await tokens.FindAsync(only[Scheme.Length..].Trim(), context.RequestAborted)
            : new Error(ErrorCodes.TokenRefused, "the request shows no access token");
    }
}

/// <summary>Marks what everybody may ask.</summary>
internal sealed class PublicEndpoint;

/// <summary>Who asks.</summary>
internal static class CallerFeature
{
    /// <summary>Who asks; everybody who gets to an endpoint that is not public is known.</summary>
    public static Caller Caller(this HttpContext context) => context.Features.Get<Caller>() ?? throw new InvalidOperationException("nobody has asked who asks");
}
