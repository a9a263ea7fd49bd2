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

        context.Response.Headers.CacheControl = "no-store";
        if (context.Request.Headers.Authorization is not [{ } header] || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            await RefuseAsync(context, new Error(ErrorCodes.TokenRefused, "the request shows no access token"));
            return;
        }

        var found = await tokens.FindAsync(header[Scheme.Length..].Trim(), context.RequestAborted);
        if (found.IsSuccess)
        {
            context.Features.Set(found.Value);
            await next(context);
            return;
        }

        // Whoever guesses is slowed; who shares the address with them and has a token is not.
        if (await refused.CountAsync(context.Connection.RemoteIpAddress ?? IPAddress.None, found.Errors[0].Message, context.RequestAborted) is { } pause)
            await Problems.WriteAsync(context, [new Error(ErrorCodes.TooManyRequests, "too many tokens were refused that came from this address")], pause);
        else await RefuseAsync(context, found.Errors[0]);
    }

    private static Task RefuseAsync(HttpContext context, Error error)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.WriteAsync(context, [error]);
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
