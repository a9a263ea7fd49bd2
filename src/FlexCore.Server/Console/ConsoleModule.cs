using FlexCore.Application.Access;
using FlexCore.Server.Access;
using FlexCore.Server.Console.Pages;
using FlexCore.Server.Console.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server.Console;

/// <summary>The console: pages for people, at the address of REST.</summary>
internal static class ConsoleModule
{
    /// <summary>Answers what browsers ask.</summary>
    /// <param name="application">The server.</param>
    /// <param name="served">What it makes reachable.</param>
    /// <param name="sessions">Who has signed in.</param>
    /// <param name="cookies">How their browsers show it.</param>
    /// <param name="refused">Keeps count of tokens that are none.</param>
    /// <param name="rates">Keeps count of what they ask.</param>
    /// <param name="time">The clock.</param>
    public static void Map(WebApplication application, ServedApplication served, Sessions sessions, SessionCookies cookies, RefusedTokens refused, CallerRates rates, TimeProvider time)
    {
        // Who asks is found out by the console itself: it answers with pages.
        var routes = application.MapGroup("").WithMetadata(new PublicEndpoint()).ExcludeFromDescription();

        // A node that nobody looks at does without.
        var assets = new Lazy<ConsoleAssets>(ConsoleAssets.Load);
        var renderer = new PageRenderer(application.Services, application.Services.GetRequiredService<ILoggerFactory>());
        var site = new Site(served, cookies, rates, renderer, assets, time);
        routes.MapGet("/assets/{version}/{name}", (RequestDelegate)(context => assets.Value.WriteAsync(context)));
        new SignInPages(site, renderer, sessions, cookies, refused).Map(routes);
        OverviewPages.Map(routes, site);
        PipelinePages.Map(routes, site);
        RunPages.Map(routes, site);
        StepPages.Map(routes, site);
        EventPages.Map(routes, site);
        OperationPages.Map(routes, site);
    }
}
