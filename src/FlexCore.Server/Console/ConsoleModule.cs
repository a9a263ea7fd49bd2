using FlexCore.Application.Access;
using FlexCore.Server.Access;
using FlexCore.Server.Access.Oidc;
using FlexCore.Server.Console.Pages;
using FlexCore.Server.Console.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server.Console;

/// <summary>The console: pages for people, at the address of REST.</summary>
internal static class ConsoleModule
{
    // What programs ask is answered for programs, wherever it is asked from.
    private static readonly string[] OfPrograms = ["/api", "/openapi", "/hooks", "/health", "/metrics", "/assets"];

    /// <summary>Answers what browsers ask. Who asks for what is found out before: it comes behind routing, and before authentication.</summary>
    /// <param name="application">The server.</param>
    /// <param name="served">What it makes reachable.</param>
    /// <param name="sessions">Who has signed in.</param>
    /// <param name="cookies">How their browsers show it.</param>
    /// <param name="refused">Keeps count of tokens that are none.</param>
    /// <param name="rates">Keeps count of what they ask.</param>
    /// <param name="flow">How users of the identity provider sign in; null where they do not.</param>
    /// <param name="time">The clock.</param>
    public static void Use(WebApplication application, ServedApplication served, Sessions sessions, SessionCookies cookies, RefusedTokens refused, CallerRates rates, CodeFlow? flow, TimeProvider time)
    {
        // Who asks is found out by the console itself: it answers with pages.
        var routes = application.MapGroup("").WithMetadata(new PublicEndpoint(), new ConsoleEndpoint()).ExcludeFromDescription();

        // A node that nobody looks at does without.
        var assets = new Lazy<ConsoleAssets>(ConsoleAssets.Load);
        var renderer = new PageRenderer(application.Services, application.Services.GetRequiredService<ILoggerFactory>());
        var site = new Site(served, cookies, rates, renderer, assets, time);
        application.Use(next => context => served.HasConsole() ? IsMissed(context) ? site.MissAsync(context) : next(context) : HideAsync(context, next));
        routes.MapGet("/assets/{version}/{name}", (RequestDelegate)(context => assets.Value.WriteAsync(context)));
        new SignInPages(site, renderer, sessions, cookies, refused, flow?.Provider).Map(routes);
        if (flow is not null) new ProviderPages(site, renderer, flow, sessions, refused).Map(routes);
        OverviewPages.Map(routes, site);
        PipelinePages.Map(routes, site);
        RunPages.Map(routes, site);
        StepPages.Map(routes, site);
        EventPages.Map(routes, site);
        OperationPages.Map(routes, site);
    }

    /// <summary>Answers for a server without pages: there is nothing where they would be.</summary>
    private static Task HideAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<ConsoleEndpoint>() is null) return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <summary>Whether somebody has gone to an address, or back to one that only takes forms, and there is nothing to see.</summary>
    private static bool IsMissed(HttpContext context) =>
        context.GetEndpoint() is not RouteEndpoint && HttpMethods.IsGet(context.Request.Method)
        && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && !OfPrograms.Any(path => context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal));

    /// <summary>Marks what the console answers.</summary>
    private sealed class ConsoleEndpoint;
}
