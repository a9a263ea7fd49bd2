using System.Net;
using FlexCore.Application.Access;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Server.Access;
using FlexCore.Server.Console.Pages;
using FlexCore.Server.Edge;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FlexCore.Server.Console.SignIn;

/// <summary>Signing in with an access token, signing out, and how the console looks.</summary>
internal sealed class SignInPages(Site site, PageRenderer renderer, Sessions sessions, SessionCookies cookies, RefusedTokens refused, string? provider)
{
    private static readonly TimeSpan ThemeKeptFor = TimeSpan.FromDays(365);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/login", (RequestDelegate)ShowAsync);
        routes.MapPost("/login", (RequestDelegate)SignInAsync);
        routes.MapPost("/logout", (RequestDelegate)SignOutAsync);
        routes.MapPost("/theme", (RequestDelegate)ChooseThemeAsync);
    }

    private async Task ShowAsync(HttpContext context)
    {
        ConsoleHeaders.Add(context);
        var to = Site.LocalPath(context.Request.Query["to"]);
        if (await cookies.FindAsync(context) is not null) Site.SeeOther(context, to);
        else await WriteAsync(context, new SignInForm(to, Refused: null, provider), StatusCodes.Status200OK);
    }

    private async Task SignInAsync(HttpContext context)
    {
        if (await site.ReadFormAsync(context) is not { } form) return;
        var to = Site.LocalPath(form["to"]);
        var token = form["token"].ToString().Trim();
        var record = context.Record();
        var opened = await sessions.OpenAsync(token, record.CorrelationId, context.RequestAborted);
        if (opened.IsSuccess)
        {
            SessionCookies.Keep(context, opened.Value);
            Site.SeeOther(context, to);
            return;
        }

        var error = opened.Errors[0];
        if (await refused.CountAsync(context.Connection.RemoteIpAddress ?? IPAddress.None, error.Message, record.CorrelationId, context.RequestAborted) is not null)
            error = new Error(ErrorCodes.TooManyRequests, "too many tokens were refused that came from this address");
        record.Error = error;
        var why = TokenText.Parse(token) is null && error.Code == ErrorCodes.TokenRefused ? $"That is not an access token: they begin with {TokenText.Prefix} and are 85 characters long." : $"{error.Message}.";
        await WriteAsync(context, new SignInForm(to, why, provider), Problems.StatusOf(error.Code));
    }

    private async Task SignOutAsync(HttpContext context)
    {
        if (await site.ReadFormAsync(context) is not { } form) return;
        if (await cookies.FindAsync(context) is { } signedIn)
        {
            if (!IsTheirs(form, signedIn.Session))
            {
                await site.ExplainAsync(context, signedIn, [new Error(ErrorCodes.FormRefused, "the form was made for another session")]);
                return;
            }

            context.Features.Set(signedIn.Caller);
            await sessions.CloseAsync(signedIn.Session, signedIn.Caller, context.RequestAborted);
        }

        SessionCookies.Drop(context);
        Site.SeeOther(context, "/login");
    }

    private async Task ChooseThemeAsync(HttpContext context)
    {
        if (await site.ReadFormAsync(context) is not { } form) return;
        var options = new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = ThemeKeptFor, Secure = context.Request.IsHttps };
        if (form["theme"] is ["light" or "dark"]) context.Response.Cookies.Append(Site.ThemeCookie, form["theme"]!, options);
        else context.Response.Cookies.Delete(Site.ThemeCookie, options);
        Site.SeeOther(context, Site.LocalPath(form["back"]));
    }

    private static bool IsTheirs(IFormCollection form, SessionText session) => form[Site.FormTokenField] is [{ } token] && session.IsFormToken(token);

    private Task WriteAsync(HttpContext context, SignInForm form, int status) => renderer.WriteAsync(context, site.ShellFor(context, signedIn: null), PageContent.Of<LoginPage>("Sign in", form), status);
}
