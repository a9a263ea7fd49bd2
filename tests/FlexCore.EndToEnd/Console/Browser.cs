using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace FlexCore.EndToEnd.Console;

/// <summary>The Chromium of the machine, in which people use the console.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly Uri _address;

    private Browser(IPlaywright playwright, IBrowser browser, Uri address) => (_playwright, _browser, _address) = (playwright, browser, address);

    public static async Task<Browser> StartAsync(Uri address)
    {
        var chromium = Places.FirstOrDefault(File.Exists);
        if (chromium is null) Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "CI has Chromium (eng/packages)");
        Assert.SkipWhen(chromium is null, "there is no Chromium on this machine");
        var playwright = await Playwright.CreateAsync();

        // The sandbox of Chromium does not work for root, and no page of another host is opened in it.
        return new Browser(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"] }), address);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    /// <summary>Somebody who has not signed in.</summary>
    /// <param name="look">How they look at it.</param>
    /// <param name="others">Servers that they may be sent to, beside the console.</param>
    public async Task<Visitor> VisitAsync(Look look, params Uri[] others)
    {
        var context = await _browser.NewContextAsync(new()
        {
            BaseURL = _address.ToString(),
            ViewportSize = new ViewportSize { Width = look.Width, Height = look.Height },
            ColorScheme = look.IsDark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            TimezoneId = "UTC",
            JavaScriptEnabled = look.HasScripts,
        });
        return new Visitor(context, await context.NewPageAsync(), [_address, .. others]);
    }

    /// <summary>Somebody who has signed in, as people do.</summary>
    public async Task<Visitor> SignInAsync(string token, Look look)
    {
        var visitor = await VisitAsync(look);
        await visitor.Page.GotoAsync("/");
        await visitor.Page.GetByLabel("Access token").FillAsync(token);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await visitor.Page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();
        return visitor;
    }
}

/// <summary>How somebody looks at the console.</summary>
internal sealed record Look(int Width = 1280, int Height = 800, bool IsDark = false, bool HasScripts = true)
{
    public static Look Phone { get; } = new(380, 780);
}

/// <summary>Somebody in front of a browser. However their visit went: no page asked another host for anything, none broke the policy of its content, and no script failed.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _wrong = [];

    public Visitor(IBrowserContext context, IPage page, Uri[] servers)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !ExpectedErrors.Any(message.Text.Contains)) _wrong.Enqueue(message.Text);
        };
        page.PageError += (_, error) => _wrong.Enqueue(error);
        page.Request += (_, request) =>
        {
            if (servers.All(server => new Uri(request.Url).Authority != server.Authority)) _wrong.Enqueue($"asked {request.Url}");
        };
    }

    public IPage Page { get; }

    /// <summary>What the browser may complain of: answers that the test wants.</summary>
    public List<string> ExpectedErrors { get; } = [];

    public ILocator Main => Page.Locator("main");

    public Task<IReadOnlyList<BrowserContextCookiesResult>> CookiesAsync() => _context.CookiesAsync();

    public Task SetCookieAsync(Cookie cookie) => _context.AddCookiesAsync([cookie]);

    public Task ClickAsync(string button) => Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    public Task FollowAsync(string link) => Page.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).First.ClickAsync();

    public async Task SeesAsync(string text) => await Assertions.Expect(Main).ToContainTextAsync(text, new() { Timeout = 15_000 });

    public async Task SeesNotAsync(string text) => await Assertions.Expect(Main).Not.ToContainTextAsync(text, new() { Timeout = 15_000 });

    public async ValueTask DisposeAsync()
    {
        await _context.CloseAsync();
        _wrong.ShouldBeEmpty();
    }
}
