using System.Net;
using FlexCore.Application.Access;
using FlexCore.Domain.Errors;
using FlexCore.Server.Access;
using FlexCore.Server.Access.Oidc;
using FlexCore.Server.Console.Pages;
using FlexCore.Server.Edge;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FlexCore.Server.Console.SignIn;

/// <summary>Signing in at the identity provider: there, and back again.</summary>
internal sealed class ProviderPages(Site site, PageRenderer renderer, CodeFlow flow, Sessions sessions, RefusedTokens refused)
{
    /// <summary>Where somebody goes to sign in there.</summary>
    public const string BeginPath = "/login/provider";

    private const string ReturnPath = "/login/callback";

    public void Map(IEndpointRouteBuilder routes)
    {
        // Links, and not forms: what a form leads to in the end has to be named in the content policy.
        routes.MapGet(BeginPath, (RequestDelegate)BeginAsync);
        routes.MapGet(ReturnPath, (RequestDelegate)FinishAsync);
    }

    private async Task BeginAsync(HttpContext context)
    {
        ConsoleHeaders.Add(context);
        var attempt = SignInAttempt.Begin();
        var to = Site.LocalPath(context.Request.Query["to"]);
        var place = await flow.BeginAsync(attempt, RedirectAddress(context), context.RequestAborted);
        if (place.IsSuccess)
        {
            AttemptCookies.Keep(context, attempt, to);
            Site.SeeOther(context, place.Value);
        }
        else await RefuseAsync(context, place.Errors[0], to);
    }

    private async Task FinishAsync(HttpContext context)
    {
        ConsoleHeaders.Add(context);
        var (attempt, to) = AttemptCookies.Take(context);
        var found = await flow.FinishAsync(attempt, context.Request.Query, RedirectAddress(context), context.RequestAborted);
        var record = context.Record();
        if (!found.IsSuccess)
        {
            var error = found.Errors[0];
            if (error.Code == ErrorCodes.TokenRefused && await refused.CountAsync(context.Connection.RemoteIpAddress ?? IPAddress.None, error.Message, record.CorrelationId, context.RequestAborted) is not null)
                error = new Error(ErrorCodes.TooManyRequests, "signing in has failed too often from this address");
            await RefuseAsync(context, error, to);
            return;
        }

        var user = found.Value.Caller with { CorrelationId = record.CorrelationId };
        context.Features.Set(user);
        SessionCookies.Keep(context, await sessions.OpenAsync(user, found.Value.Until, context.RequestAborted));

        // The cookie of the session is not sent along where another site has led to: a page of this one must, and so there is one.
        context.Response.Headers["Refresh"] = $"0;url={to}";
        await renderer.WriteAsync(context, site.ShellFor(context, signedIn: null), PageContent.Of<SignedInPage>("Signed in", to));
    }

    private Task RefuseAsync(HttpContext context, Error error, string to)
    {
        context.Record().Error = error;
        return renderer.WriteAsync(context, site.ShellFor(context, signedIn: null), PageContent.Of<LoginPage>("Sign in", new SignInForm(to, $"{error.Message}. {Explained.Remedy(error)}", flow.Provider)), Problems.StatusOf(error.Code));
    }

    // As the browser knows this server: the provider holds it against what it was told of the console.
    private static string RedirectAddress(HttpContext context) => $"{(SessionCookies.IsSecure(context) ? "https" : "http")}://{context.Request.Host}{ReturnPath}";
}
