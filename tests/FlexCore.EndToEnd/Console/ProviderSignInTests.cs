using System.Net;
using FlexCore.EndToEnd.Server;
using Microsoft.Playwright;
using Cookie = Microsoft.Playwright.Cookie;

namespace FlexCore.EndToEnd.Console;

/// <summary>A server whose console an identity provider's users sign in to. The browser knows the server by another name than the provider: the two are of different sites, as they are in life.</summary>
public sealed class ConsoleWithProvider : IAsyncLifetime
{
    internal IdentityProvider Provider { get; private set; } = null!;

    internal ServedProject Server { get; } = new();

    internal Browser Browser { get; private set; } = null!;

    /// <summary>Where people find the console.</summary>
    internal Uri Address { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Provider = await IdentityProvider.StartAsync();
        Server.Project.Write("flexcore.yaml", $$"""
            oidc:
              authority: {{Provider.Issuer}}
              audience: https://flexcore.test
              client_id: console
              client_secret: oidc-console
              scope: openid roles
              roles: { admins: admin, ops: operator }

            """);
        (await Server.Project.FlexCoreFedAsync(IdentityProvider.ConsoleSecret, "secrets", "set", "oidc-console")).ShouldExitWith(0);
        await Server.InitializeAsync();
        Address = new UriBuilder(Server.Client.BaseAddress!) { Host = "localhost" }.Uri;
        await Provider.AllowRedirectAsync(new Uri(Address, "/login/callback").ToString());
        Browser = await Browser.StartAsync(Address);
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        await Server.DisposeAsync();
        await Provider.DisposeAsync();
    }

    /// <summary>Somebody who has not signed in anywhere.</summary>
    internal Task<Visitor> VisitAsync(bool hasScripts = true) => Browser.VisitAsync(new Look(HasScripts: hasScripts), new Uri(Provider.Issuer));

    /// <summary>They go to a page, and sign in at the provider.</summary>
    internal static async Task SignInAsync(Visitor visitor, string user, string page = "/")
    {
        await visitor.Page.GotoAsync(page);
        await visitor.FollowAsync("Sign in at 127.0.0.1");
        await visitor.Page.GetByLabel("Who are you?").FillAsync(user);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "That is me" }).ClickAsync();
    }
}

/// <summary>Users of an identity provider at the console.</summary>
public sealed class ProviderSignInTests(ConsoleWithProvider console) : IClassFixture<ConsoleWithProvider>
{
    private const string SessionCookie = "flexcore-session";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task User_signs_in_gets_the_page_they_wanted_does_what_their_role_allows_and_signs_out(bool hasScripts)
    {
        await using var visitor = await console.VisitAsync(hasScripts);
        await ConsoleWithProvider.SignInAsync(visitor, "bob", "/pipelines/idle");
        await visitor.Page.WaitForURLAsync("**/pipelines/idle");
        await Assertions.Expect(visitor.Page.Locator("#who summary")).ToContainTextAsync("oidc:bob operator");
        await visitor.ClickAsync("Start a run");
        await visitor.SeesAsync("The run is queued.");
        var run = new Uri(visitor.Page.Url).Segments[^1];
        (await console.Server.Project.EventsAsync("--stream", $"run-{run}"))[0].GetProperty("metadata").GetProperty("actor").GetString().ShouldBe("oidc:bob");
        (await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Access" }).CountAsync()).ShouldBe(0, "an operator does not see who may do what");

        var cookies = await visitor.CookiesAsync();
        var session = cookies.Single(cookie => cookie.Name == SessionCookie);
        (session.HttpOnly, session.SameSite).ShouldBe((true, SameSiteAttribute.Strict));
        cookies.ShouldNotContain(cookie => cookie.Name == "flexcore-sign-in", "it is known once");
        await visitor.Page.Locator("#who summary").ClickAsync();
        await visitor.ClickAsync("Sign out");
        await visitor.Page.WaitForURLAsync("**/login**");
        (await AskAsync("/pipelines", session.Value)).Status.ShouldBe(HttpStatusCode.SeeOther, "a copy of the cookie is of no use any more");
    }

    [Fact]
    public async Task Answer_that_this_browser_has_not_asked_for_is_refused()
    {
        await using var visitor = await console.VisitAsync();
        visitor.ExpectedErrors.Add("401");
        (await visitor.Page.GotoAsync("/login/callback?code=stolen&state=guessed"))!.Status.ShouldBe(401);
        await visitor.SeesAsync("it was not begun in this browser");

        await visitor.Page.GotoAsync("/login");
        await visitor.FollowAsync("Sign in at 127.0.0.1");
        await visitor.Page.GetByLabel("Who are you?").WaitForAsync();
        (await visitor.Page.GotoAsync("/login/callback?code=stolen&state=guessed"))!.Status.ShouldBe(401);
        await visitor.SeesAsync("it was not begun in this browser");
        (await visitor.CookiesAsync()).ShouldNotContain(cookie => cookie.Name == SessionCookie);
    }

    [Fact]
    public async Task Code_is_good_for_one_sign_in_in_the_browser_that_it_was_given_to()
    {
        await using var visitor = await console.VisitAsync();
        visitor.ExpectedErrors.Add("401");
        await visitor.Page.GotoAsync("/");
        await visitor.FollowAsync("Sign in at 127.0.0.1");
        await visitor.Page.GetByLabel("Who are you?").FillAsync("alice");
        var attempt = (await visitor.CookiesAsync()).Single(cookie => cookie.Name == "flexcore-sign-in");
        var answer = await visitor.Page.RunAndWaitForRequestAsync(
            () => visitor.Page.GetByRole(AriaRole.Button, new() { Name = "That is me" }).ClickAsync(), request => request.Url.Contains("/login/callback", StringComparison.Ordinal));
        await visitor.SeesAsync("Overview");

        await using var thief = await console.VisitAsync();
        thief.ExpectedErrors.Add("401");
        (await thief.Page.GotoAsync(answer.Url))!.Status.ShouldBe(401);
        await thief.SeesAsync("it was not begun in this browser");
        await thief.SetCookieAsync(new Cookie { Name = attempt.Name, Value = attempt.Value, Url = console.Address.ToString() });
        (await thief.Page.GotoAsync(answer.Url))!.Status.ShouldBe(401);
        await thief.SeesAsync("the identity provider does not take the code: invalid_grant");
        (await thief.CookiesAsync()).ShouldNotContain(cookie => cookie.Name == SessionCookie);
    }

    [Fact]
    public async Task User_without_a_role_is_told_so()
    {
        await using var visitor = await console.VisitAsync();
        visitor.ExpectedErrors.Add("403");
        await ConsoleWithProvider.SignInAsync(visitor, "carol");
        await visitor.SeesAsync("oidc:carol has no role here");
        await visitor.SeesAsync("Give them a role at the identity provider");
        (await visitor.CookiesAsync()).ShouldNotContain(cookie => cookie.Name == SessionCookie);
        (await console.Server.Project.EventsAsync("--type", "UserSessionOpened")).ShouldNotContain(opened => opened.GetProperty("data").GetProperty("user").GetString() == "oidc:carol");
    }

    [Fact]
    public async Task User_who_changes_their_mind_at_the_provider_is_back_at_the_sign_in()
    {
        await using var visitor = await console.VisitAsync();
        visitor.ExpectedErrors.Add("401");
        await visitor.Page.GotoAsync("/login");
        var begun = await visitor.Page.Context.APIRequest.GetAsync("/login/provider?to=/runs", new() { MaxRedirects = 0 });
        var state = System.Web.HttpUtility.ParseQueryString(new Uri(begun.Headers["location"]).Query)["state"];
        (await visitor.Page.GotoAsync($"/login/callback?error=access_denied&state={state}"))!.Status.ShouldBe(401);
        await visitor.SeesAsync("the identity provider says access_denied");
        await Assertions.Expect(visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Sign in at 127.0.0.1" })).ToHaveAttributeAsync("href", "/login/provider?to=%2Fruns");
    }

    [Fact]
    public async Task Session_ends_when_the_token_of_the_provider_does()
    {
        await using var visitor = await console.VisitAsync();
        await console.Provider.HoldForAsync(TimeSpan.FromSeconds(5));
        try
        {
            await ConsoleWithProvider.SignInAsync(visitor, "alice");
            await visitor.SeesAsync("Overview");
        }
        finally
        {
            await console.Provider.HoldForAsync(TimeSpan.FromHours(1));
        }

        // A page that is looked at asks again by itself.
        await visitor.Page.WaitForURLAsync("**/login**", new() { Timeout = 30_000 });
        var opened = (await console.Server.Project.EventsAsync("--type", "UserSessionOpened"))[^1].GetProperty("data").GetProperty("expires_at").GetDateTimeOffset();
        opened.ShouldBeLessThan(TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public async Task Provider_is_asked_with_PKCE_state_and_nonce_that_are_new_each_time()
    {
        var (first, second) = (await BeginAsync(), await BeginAsync());
        (first["response_type"], first["client_id"], first["scope"], first["code_challenge_method"]).ShouldBe(("code", "console", "openid roles", "S256"));
        first["redirect_uri"].ShouldBe(new Uri(console.Server.Client.BaseAddress!, "/login/callback").ToString());
        foreach (var name in new[] { "state", "nonce", "code_challenge" })
        {
            first[name]!.Length.ShouldBe(43);
            first[name].ShouldNotBe(second[name]);
        }

        async Task<System.Collections.Specialized.NameValueCollection> BeginAsync()
        {
            var answer = await AskAsync("/login/provider", session: null);
            answer.ShouldBe(HttpStatusCode.SeeOther);
            answer.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem().ShouldContain("samesite=lax; httponly");
            return System.Web.HttpUtility.ParseQueryString(answer.Headers.Location!.Query);
        }
    }

    private async Task<RestAnswer> AskAsync(string path, string? session)
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false };
        using var client = new HttpClient(handler) { BaseAddress = console.Server.Client.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (session is not null) request.Headers.Add("Cookie", $"{SessionCookie}={session}");
        using var response = await client.SendAsync(request, Token);
        return new RestAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(Token), response.Content.Headers.ContentType?.MediaType, response.Headers);
    }
}
