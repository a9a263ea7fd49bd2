using FlexCore.Domain.Errors;
using FlexCore.Server.Access;
using FlexCore.Server.Console.Pages;
using FlexCore.Server.Console.SignIn;
using FlexCore.Server.Documents;
using FlexCore.Server.Edge;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FlexCore.Server.Console;

/// <summary>From addresses to pages and forms: who asks is found out, and what they send is held to be theirs, before any page is asked.</summary>
internal sealed class Site(ServedApplication served, SessionCookies cookies, CallerRates rates, PageRenderer renderer, Lazy<ConsoleAssets> assets, TimeProvider time)
{
    /// <summary>The cookie with the look that somebody has chosen.</summary>
    public const string ThemeCookie = "flexcore-theme";

    /// <summary>The field of forms that shows that they come from a page of this session.</summary>
    public const string FormTokenField = "form_token";

    /// <summary>The field of forms that shows that they were asked whether they are sure.</summary>
    public const string SureField = "sure";

    private const string SignInPath = "/login";
    private const string DoneParameter = "done";

    /// <summary>Shows a page at an address.</summary>
    public void Page(IEndpointRouteBuilder routes, string address, Func<Visit, Task<PageContent>> show) =>
        routes.MapGet(address, (RequestDelegate)(context => AnswerAsync(context, FormCollection.Empty, async visit =>
        {
            var content = await show(visit);
            await cookies.RenewAsync(context, visit.SignedIn.Session);
            await renderer.WriteAsync(context, ShellFor(context, visit.SignedIn), content);
        })));

    /// <summary>Answers a page's address with a file.</summary>
    public void File(IEndpointRouteBuilder routes, string address, Func<Visit, Task> write) => routes.MapGet(address, (RequestDelegate)(context => AnswerAsync(context, FormCollection.Empty, write)));

    /// <summary>Takes a form, and goes on to a page: what was done is said there.</summary>
    /// <param name="routes">Where addresses are told.</param>
    /// <param name="address">Where the form is sent.</param>
    /// <param name="change">Does what it wants.</param>
    /// <param name="again">The page that the form is on, to be shown again with what was written where that is refused; null where nothing is written.</param>
    /// <param name="ask">What has to be answered first, where something cannot be taken back.</param>
    public void Form(IEndpointRouteBuilder routes, string address, Func<Visit, Task<Done>> change, Func<Visit, Task<PageContent>>? again = null, Func<Visit, Task<Question>>? ask = null) =>
        routes.MapPost(address, (RequestDelegate)(async context =>
        {
            if (await ReadFormAsync(context) is not { } form) return;
            await AnswerAsync(context, form, async visit =>
            {
                RequireForm(visit);
                if (ask is not null && visit.Said(SureField) is null) await renderer.WriteAsync(context, ShellFor(context, visit.SignedIn), Question.Page(await ask(visit), form));
                else await ChangeAsync(visit, change, again);
            });
        }));

    /// <summary>Says that there is no page at an address.</summary>
    public async Task MissAsync(HttpContext context)
    {
        ConsoleHeaders.Add(context);
        context.Record().Error = new Error(ErrorCodes.NotFound, "there is no page at this address");
        await renderer.WriteAsync(context, ShellFor(context, await cookies.FindAsync(context)), PageContent.Of<MissingPage>("Not found"), StatusCodes.Status404NotFound);
    }

    /// <summary>Sends the browser to another address, with GET.</summary>
    public static void SeeOther(HttpContext context, string where)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = where;
    }

    /// <summary>What is around a page.</summary>
    public Shell ShellFor(HttpContext context, SignedIn? signedIn) => new(
        context.Request.Path + context.Request.QueryString, assets.Value.Version, context.Request.Cookies[ThemeCookie] is "light" or "dark" ? context.Request.Cookies[ThemeCookie] : null, time.GetUtcNow(), signedIn?.Caller,
        signedIn?.Session.FormToken ?? "")
    {
        Notice = context.Request.Query[DoneParameter] is [{ Length: > 0 } word] ? Done.InWords(word) : null,
        Node = served.NodeName,
        Version = served.Version,
    };

    /// <summary>A path of this server, and not the address of another.</summary>
    public static string LocalPath(string? path) => path is ['/', ..] and not ['/', '/' or '\\', ..] && path.All(c => c is > ' ' and < '\x7f') ? path : "/";

    /// <summary>Reads a form that a page of this server has sent; whatever else was sent is refused.</summary>
    public async Task<IFormCollection?> ReadFormAsync(HttpContext context)
    {
        ConsoleHeaders.Add(context);
        if (SameOrigin.Is(context.Request) && context.Request.HasFormContentType) return await context.Request.ReadFormAsync(context.RequestAborted);
        await ExplainAsync(context, signedIn: null, [new Error(ErrorCodes.FormRefused, "the form was not sent by a page of this server")]);
        return null;
    }

    /// <summary>Says why something was not done.</summary>
    public Task ExplainAsync(HttpContext context, SignedIn? signedIn, IReadOnlyList<Error> errors)
    {
        context.Record().Error = errors[0];
        return renderer.WriteAsync(context, ShellFor(context, signedIn), PageContent.Of<ErrorPage>(Explained.Heading(errors[0]), errors), Problems.StatusOf(errors[0].Code));
    }

    private async Task AnswerAsync(HttpContext context, IFormCollection form, Func<Visit, Task> answer)
    {
        ConsoleHeaders.Add(context);
        if (await cookies.FindAsync(context) is not { } signedIn)
        {
            SeeOther(context, HttpMethods.IsGet(context.Request.Method) && context.Request.Path != "/" ? $"{SignInPath}?to={Uri.EscapeDataString(context.Request.Path + context.Request.QueryString)}" : SignInPath);
            return;
        }

        context.Features.Set(signedIn.Caller);
        try
        {
            if (rates.Count(context) is { } refusal) throw new FlexCoreException(refusal.Error);
            await answer(new Visit(context, signedIn, time.GetUtcNow(), form, served.Bus));
        }
        catch (FlexCoreException e) when (!context.Response.HasStarted)
        {
            await ExplainAsync(context, signedIn, e.Errors);
        }
    }

    private async Task ChangeAsync(Visit visit, Func<Visit, Task<Done>> change, Func<Visit, Task<PageContent>>? again)
    {
        var shell = ShellFor(visit.Context, visit.SignedIn);
        try
        {
            var done = await change(visit);
            if (done.Page is { } content) await renderer.WriteAsync(visit.Context, shell, content);
            else SeeOther(visit.Context, $"{done.Where}{(done.Where!.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{DoneParameter}={Wording.Of(done.What)}");
        }
        catch (FlexCoreException e) when (again is not null && e.Error.Code != ErrorCodes.AccessDenied && !visit.Context.Response.HasStarted)
        {
            visit.Context.Record().Error = e.Error;
            await renderer.WriteAsync(visit.Context, shell with { Refusals = e.Errors, Written = visit.Form }, await again(visit), Problems.StatusOf(e.Error.Code));
        }
    }

    private static void RequireForm(Visit visit)
    {
        if (visit.Form[FormTokenField] is [{ } token] && visit.SignedIn.Session.IsFormToken(token)) return;
        throw new FlexCoreException(new Error(ErrorCodes.FormRefused, "the form was made for another session"));
    }
}
