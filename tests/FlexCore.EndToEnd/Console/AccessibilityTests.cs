using System.Text.Json;
using Microsoft.Playwright;

namespace FlexCore.EndToEnd.Console;

/// <summary>The console for everybody: WCAG 2.1 AA as far as axe can tell, in both looks; without a mouse; on a telephone.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class AccessibilityTests(ConsoleProject console)
{
    private static readonly string AxeFolder = Repository.PathOf("tests", "Shared", "axe");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_page_breaks_a_rule_of_WCAG_2_1_AA(bool isDark)
    {
        await NpmPackages.InstallAsync(AxeFolder);
        var axe = await File.ReadAllTextAsync(Path.Combine(AxeFolder, "node_modules", "axe-core", "axe.min.js"), TestContext.Current.CancellationToken);
        await using var stranger = await console.Browser.VisitAsync(new Look(IsDark: isDark));
        await stranger.Page.GotoAsync("/login");
        var broken = new List<string>(await BrokenRulesAsync(stranger, axe, "/login"));
        await using var visitor = await console.SignInAsync("admin", new Look(IsDark: isDark));
        foreach (var path in await console.PagesAsync())
        {
            await visitor.Page.GotoAsync(path);
            broken.AddRange(await BrokenRulesAsync(visitor, axe, path));
        }

        visitor.ExpectedErrors.Add("404");
        visitor.ExpectedErrors.Add("400");
        await visitor.Page.GotoAsync("/nothing");
        broken.AddRange(await BrokenRulesAsync(visitor, axe, "a page that is not there"));
        await visitor.Page.GotoAsync("/access");
        await visitor.ClickAsync("Revoke a-viewer");
        await visitor.SeesAsync("Revoke the token a-viewer?");
        broken.AddRange(await BrokenRulesAsync(visitor, axe, "a question"));
        await visitor.FollowAsync("No, go back");
        await visitor.Page.GetByLabel("Name").FillAsync("Not A Name");
        await visitor.ClickAsync("Make it");
        await visitor.SeesAsync("the name of a token must be");
        broken.AddRange(await BrokenRulesAsync(visitor, axe, "a form that is refused"));

        broken.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_page_is_wider_than_a_telephone()
    {
        await using var visitor = await console.SignInAsync("admin", Look.Phone);
        var tooWide = new List<string>();
        foreach (var path in await console.PagesAsync())
        {
            await visitor.Page.GotoAsync(path);
            var wider = await visitor.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            if (wider > 0) tooWide.Add($"{path} by {wider} pixels");
        }

        tooWide.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_is_started_and_found_again_without_a_mouse()
    {
        await using var visitor = await console.Browser.VisitAsync(new Look());
        var keyboard = visitor.Page.Keyboard;
        await visitor.Page.GotoAsync("/");
        await keyboard.TypeAsync(console.Server.TokenOf("operator"));
        await keyboard.PressAsync("Enter");
        await visitor.Page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();
        await keyboard.PressAsync("Tab");
        (await FocusedAsync(visitor)).ShouldBe("Skip to content");
        await keyboard.PressAsync("Enter");
        (await visitor.Page.EvaluateAsync<string>("document.activeElement.id")).ShouldBe("content");

        // Not with a reload: the address ends with #content now, to which the browser would take the focus back once more, whenever it has painted.
        await visitor.Page.GotoAsync("/");
        await TabToAsync(visitor, "Pipelines");
        await keyboard.PressAsync("Enter");
        await visitor.Page.WaitForURLAsync("**/pipelines");
        await keyboard.PressAsync("/");
        await keyboard.TypeAsync("idle");
        await keyboard.PressAsync("Enter");
        await visitor.Page.WaitForURLAsync("**/pipelines?search=idle*");
        await TabToAsync(visitor, "idle");
        await keyboard.PressAsync("Enter");
        await visitor.Page.WaitForURLAsync("**/pipelines/idle");
        await TabToAsync(visitor, "Start a run");
        await keyboard.PressAsync("Enter");
        await visitor.SeesAsync("The run is queued.");
        var outline = await visitor.Page.EvaluateAsync<string>("(() => { const link = document.querySelector('.bar nav a'); link.focus({ focusVisible: true }); return getComputedStyle(link).outlineStyle; })()");
        outline.ShouldBe("solid", "what has the focus is seen");
    }

    [Fact]
    public async Task Look_that_somebody_chose_stays_theirs()
    {
        await using var visitor = await console.SignInAsync("viewer");
        await visitor.Page.Locator("#who summary").ClickAsync();
        await visitor.ClickAsync("Dark");
        await visitor.Page.GotoAsync("/runs");
        await Assertions.Expect(visitor.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        (await visitor.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).colorScheme")).ShouldContain("dark");
    }

    private static async Task<IEnumerable<string>> BrokenRulesAsync(Visitor visitor, string axe, string path)
    {
        await visitor.Page.EvaluateAsync(axe);
        var found = await visitor.Page.EvaluateAsync<JsonElement>(
            "async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })).violations.map(each => ({ id: each.id, where: each.nodes.slice(0, 3).map(node => node.html + ' ' + (node.any[0]?.message ?? '')) }))");
        return found.EnumerateArray().Select(rule => $"{path}: {rule}").ToList();
    }

    private static Task<string> FocusedAsync(Visitor visitor) => visitor.Page.EvaluateAsync<string>("document.activeElement.textContent.trim()");

    private static async Task TabToAsync(Visitor visitor, string text)
    {
        for (var presses = 0; presses < 60; presses++)
        {
            await visitor.Page.Keyboard.PressAsync("Tab");
            if (await FocusedAsync(visitor) == text) return;
        }

        Assert.Fail($"the keyboard does not get to {text}");
    }
}
