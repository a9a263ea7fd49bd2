using System.Net;
using FlexCore.Application.Access;
using FlexCore.Application.Bus;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Server.Access.Oidc;
using FlexCore.Server.Console.SignIn;
using FlexCore.Server.Edge;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Access;

/// <summary>Finds out who asks, before anything else is done for them: <c>Authorization: Bearer</c> (RFC 6750) and an access token, or a JWT of the identity provider.</summary>
internal sealed class Authentication(TokenAuthenticator tokens, OidcAuthenticator? users, SessionCookies cookies, RefusedTokens refused)
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
        if (await IdentifyAsync(context) is not { } refusal) await next(context);
        else
        {
            if (refusal.Error.Code == ErrorCodes.TokenRefused) context.Response.Headers.WWWAuthenticate = "Bearer";
            await Problems.WriteAsync(context, [refusal.Error], refusal.After);
        }
    }

    /// <summary>Finds out who asks.</summary>
    /// <returns>Why nobody knows; null where <see cref="CallerFeature.Caller"/> says it from now on.</returns>
    public async Task<Refusal?> IdentifyAsync(HttpContext context)
    {
        var record = context.Record();
        if (context.Request.Headers.Authorization is not [{ } header] || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            // Pages of the console look on by themselves. What changes something never goes by a cookie, which a browser adds whoever has it ask.
            if (!HttpMethods.IsGet(context.Request.Method) || await cookies.FindAsync(context) is not { } signedIn) return new Refusal(new Error(ErrorCodes.TokenRefused, "the request shows no access token"));
            context.Features.Set(signedIn.Caller);
            return null;
        }

        var shown = header[Scheme.Length..].Trim();
        var found = users is null || shown.StartsWith(TokenText.Prefix, StringComparison.Ordinal) ? await tokens.FindAsync(shown, context.RequestAborted) : await users.FindAsync(shown, context.RequestAborted);
        if (found.IsSuccess)
        {
            context.Features.Set(found.Value with { CorrelationId = record.CorrelationId });
            return null;
        }

        // They are known and may do nothing here, or nobody can say who they are: no token was guessed.
        if (found.Errors[0].Code != ErrorCodes.TokenRefused) return new Refusal(found.Errors[0]);

        // Whoever guesses is slowed; who shares the address with them and has a token is not.
        return await refused.CountAsync(context.Connection.RemoteIpAddress ?? IPAddress.None, found.Errors[0].Message, record.CorrelationId, context.RequestAborted) is { } pause
            ? new Refusal(new Error(ErrorCodes.TooManyRequests, "too many tokens were refused that came from this address"), pause)
            : new Refusal(found.Errors[0]);
    }
}

/// <summary>Why nobody knows who asks.</summary>
/// <param name="Error">Why.</param>
/// <param name="After">When it is worth trying again, for whoever tries too often.</param>
internal sealed record Refusal(Error Error, TimeSpan? After = null);

/// <summary>Marks what everybody may ask.</summary>
internal sealed class PublicEndpoint;

/// <summary>Who asks.</summary>
internal static class CallerFeature
{
    /// <summary>Who asks; everybody who gets to an endpoint that is not public is known.</summary>
    public static Caller Caller(this HttpContext context) => context.Features.Get<Caller>() ?? throw new InvalidOperationException("nobody has asked who asks");
}
