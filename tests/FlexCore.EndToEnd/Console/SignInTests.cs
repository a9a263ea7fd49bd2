using System.Net;
using FlexCore.EndToEnd.Server;
using Microsoft.Playwright;

namespace FlexCore.EndToEnd.Console;

/// <summary>Who gets into the console, and what their browser can be made to do.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class SignInTests(ConsoleProject console)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Page_that_was_wished_for_opens_after_signing_in_and_the_cookie_is_out_of_reach()
    {
        await using var visitor = await console.Browser.VisitAsync(new Look());
        await visitor.Page.GotoAsync("/runs?status=failed");
        visitor.Page.Url.ShouldContain("/login?to=");
        await visitor.Page.GetByLabel("Access token").FillAsync(console.Server.TokenOf("viewer"));
        await visitor.Page.Keyboard.PressAsync("Enter");
        await visitor.Page.WaitForURLAsync("**/runs?status=failed");

        var cookie = (await visitor.CookiesAsync()).Single(cookie => cookie.Name == "flexcore-session");
        (cookie.HttpOnly, cookie.SameSite, cookie.Path).ShouldBe((true, SameSiteAttribute.Strict, "/"));
        cookie.Value.ShouldNotContain(console.Server.TokenOf("viewer").Split('_', 3)[2]);
        (await visitor.Page.EvaluateAsync<string>("document.cookie")).ShouldBe("");
        (await visitor.Page.ContentAsync()).ShouldNotContain(console.Server.TokenOf("viewer").Split('_', 3)[2]);
    }

    [Fact]
    public async Task Wrong_token_is_refused_with_what_is_wrong()
    {
        await using var visitor = await console.Browser.VisitAsync(new Look());
        visitor.ExpectedErrors.Add("401");
        await visitor.Page.GotoAsync("/");
        await visitor.Page.GetByLabel("Access token").FillAsync("hunter2");
        await visitor.ClickAsync("Sign in");
        await visitor.SeesAsync("That is not an access token");
        await visitor.Page.GetByLabel("Access token").FillAsync(console.Server.TokenOf("viewer")[..^4] + "AAAA");
        await visitor.ClickAsync("Sign in");
        await visitor.SeesAsync("it is not an access token of this server");
    }

    [Fact]
    public async Task Session_ends_by_signing_out_and_with_its_token()
    {
        var text = (await console.Server.Project.FlexCoreAsync("token", "create", "leaver", "--role", "viewer")).ShouldExitWith(0).Output.Trim();
        await using var visitor = await console.Browser.SignInAsync(text, new Look());
        var session = (await visitor.CookiesAsync()).Single(cookie => cookie.Name == "flexcore-session").Value;
        (await AskAsync(HttpMethod.Get, "/runs", session)).Status.ShouldBe(HttpStatusCode.OK);
        await visitor.Page.Locator("#who summary").ClickAsync();
        await visitor.ClickAsync("Sign out");
        await visitor.Page.GetByLabel("Access token").WaitForAsync();
        (await AskAsync(HttpMethod.Get, "/runs", session)).Status.ShouldBe(HttpStatusCode.SeeOther, "a copy of the cookie is of no use any more");

        await using var other = await console.Browser.SignInAsync(text, new Look());
        (await console.Server.Project.FlexCoreAsync("token", "revoke", "leaver")).ShouldExitWith(0);
        await other.Page.WaitForURLAsync("**/login", new() { Timeout = 15_000 });
    }

    [Fact]
    public async Task Cookie_changes_nothing_over_REST_and_no_form_is_taken_from_elsewhere()
    {
        await using var visitor = await console.SignInAsync("admin");
        var session = (await visitor.CookiesAsync()).Single(cookie => cookie.Name == "flexcore-session").Value;
        var form = await visitor.Page.Locator("input[name=form_token]").First.InputValueAsync();
        (await AskAsync(HttpMethod.Get, "/api/v1/system/whoami", session)).ShouldBe(HttpStatusCode.OK);
        (await AskAsync(HttpMethod.Post, "/api/v1/runs", session, new StringContent("""{"pipeline":"idle"}""", null, "application/json"))).ShouldFailWith(HttpStatusCode.Unauthorized, "FX6003");
        (await AskAsync(HttpMethod.Delete, "/api/v1/tokens/a-viewer", session)).ShouldFailWith(HttpStatusCode.Unauthorized, "FX6003");

        var run = await console.RunAsync("idle", "succeeded");
        (await PostAsync(form: null)).ShouldBe(HttpStatusCode.Forbidden).Text.ShouldContain("FX6007");
        (await PostAsync(form: "AAAA")).ShouldBe(HttpStatusCode.Forbidden);
        (await PostAsync(form, ("Origin", "https://evil.example"))).ShouldBe(HttpStatusCode.Forbidden);
        (await PostAsync(form, ("Sec-Fetch-Site", "cross-site"))).ShouldBe(HttpStatusCode.Forbidden);
        (await PostAsync(form, ("Sec-Fetch-Site", "same-origin"))).ShouldBe(HttpStatusCode.SeeOther);

        Task<RestAnswer> PostAsync(string? form, params (string Name, string Value)[] headers) =>
            AskAsync(HttpMethod.Post, $"/runs/{run}/retry", session, new FormUrlEncodedContent(form is null ? [] : [KeyValuePair.Create("form_token", form), KeyValuePair.Create("from_start", "true")]), headers);
    }

    [Fact]
    public async Task Viewer_is_offered_nothing_that_would_be_refused_and_is_refused_all_the_same()
    {
        var run = await console.RunAsync("invoices", "failed");
        await using var visitor = await console.SignInAsync("viewer");
        visitor.ExpectedErrors.Add("403");
        await visitor.Page.GotoAsync($"/runs/{run}");
        await visitor.SeesAsync("failed");
        (await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Retry what failed" }).CountAsync()).ShouldBe(0);
        var session = (await visitor.CookiesAsync()).Single(cookie => cookie.Name == "flexcore-session").Value;
        var form = await visitor.Page.Locator("input[name=form_token]").First.InputValueAsync();
        (await AskAsync(HttpMethod.Post, $"/runs/{run}/retry", session, new FormUrlEncodedContent([KeyValuePair.Create("form_token", form)]))).ShouldBe(HttpStatusCode.Forbidden).Text.ShouldContain("FX6001");
    }

    [Fact]
    public async Task Answers_tell_the_browser_what_to_refuse()
    {
        foreach (var path in new[] { "/login", "/" })
        {
            var headers = (await AskAsync(HttpMethod.Get, path, session: null)).Headers;
            headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldStartWith("default-src 'none'; script-src 'self'; style-src 'self';");
            headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
            headers.GetValues("Cross-Origin-Opener-Policy").ShouldBe(["same-origin"]);
            headers.CacheControl!.NoStore.ShouldBeTrue();
        }

        (await AskAsync(HttpMethod.Get, "/login?to=https://evil.example", session: null)).Text.ShouldNotContain("evil.example");
        (await AskAsync(HttpMethod.Get, "/login?to=//evil.example", session: null)).Text.ShouldNotContain("evil.example");
    }

    [Fact]
    public async Task Address_without_a_page_says_so_to_people_and_as_a_document_to_programs()
    {
        await using (var stranger = await console.Browser.VisitAsync(new Look()))
        {
            stranger.ExpectedErrors.Add("404");
            (await stranger.Page.GotoAsync("/nothing/here"))!.Status.ShouldBe(404);
            await stranger.SeesAsync("There is no page at this address");
        }

        await using var visitor = await console.SignInAsync("viewer");
        visitor.ExpectedErrors.Add("404");
        foreach (var path in new[] { "/nothing", "/runs/not-a-run", "/pipelines/idle/pause" })
        {
            (await visitor.Page.GotoAsync(path))!.Status.ShouldBe(404);
            await visitor.SeesAsync("There is no page at this address");
        }

        await visitor.FollowAsync("Back to the overview");
        await visitor.SeesAsync("Overview");
        (await AskAsync(HttpMethod.Get, "/nothing", session: null, body: null, ("Accept", "application/json"))).MediaType.ShouldBe("application/problem+json");
        (await AskAsync(HttpMethod.Get, "/api/v1/nothing", session: null, body: null, ("Accept", "text/html"))).MediaType.ShouldBe("application/problem+json");
    }

    private async Task<RestAnswer> AskAsync(HttpMethod method, string path, string? session, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false };
        using var client = new HttpClient(handler) { BaseAddress = console.Server.Client.BaseAddress };
        using var request = new HttpRequestMessage(method, path) { Content = body };
        if (session is not null) request.Headers.Add("Cookie", $"flexcore-session={session}");
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var response = await client.SendAsync(request, Token);
        return new RestAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(Token), response.Content.Headers.ContentType?.MediaType, response.Headers);
    }
}
