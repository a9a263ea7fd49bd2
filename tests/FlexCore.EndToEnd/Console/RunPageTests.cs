using Microsoft.Playwright;

namespace FlexCore.EndToEnd.Console;

/// <summary>Runs as people follow them in the console.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class RunPageTests(ConsoleProject console)
{
    private static readonly LocatorAssertionsToContainTextOptions Soon = new() { Timeout = 20_000 };

    [Fact]
    public async Task Run_is_seen_live_to_its_end_without_reload()
    {
        console.HoldBack();
        await using var visitor = await console.SignInAsync("operator");
        var run = await console.StartAsync("orders");
        await visitor.Page.GotoAsync($"/runs/{run}");
        await visitor.Page.EvaluateAsync("window.wasHere = true");
        await Assertions.Expect(visitor.Page.Locator("#step-load")).ToContainTextAsync("running", Soon);
        await Assertions.Expect(visitor.Page.Locator("#log")).ToContainTextAsync("connecting to the shop", Soon);
        await Assertions.Expect(visitor.Page.Locator("[data-records=load]")).ToContainTextAsync("500", Soon);

        console.LetGo();
        await Assertions.Expect(visitor.Page.Locator("#run-head")).ToContainTextAsync("succeeded", Soon);
        await Assertions.Expect(visitor.Page.Locator("#step-report")).ToContainTextAsync("succeeded", Soon);
        await Assertions.Expect(visitor.Page.Locator("#step-report rect.succeeded")).ToHaveCountAsync(1);
        (await visitor.Page.EvaluateAsync<bool>("window.wasHere")).ShouldBeTrue("the page was not read anew");
    }

    [Fact]
    public async Task Tile_of_what_failed_leads_to_the_failed_runs_of_the_last_day()
    {
        var run = await console.RunAsync("invoices", "failed");
        await using var visitor = await console.SignInAsync("viewer");
        await visitor.Page.Locator("a.tile", new() { Has = visitor.Page.Locator("#failed") }).ClickAsync();
        await visitor.Page.WaitForURLAsync("**/runs?status=failed&since=24h");
        await Assertions.Expect(visitor.Page.Locator($"#run-{run}")).ToBeVisibleAsync();
        (await visitor.Page.GetByLabel("Began").InputValueAsync()).ShouldBe("24h");
        (await visitor.Page.GetByLabel("Status").InputValueAsync()).ShouldBe("failed");
    }

    [Fact]
    public async Task Log_is_searched_by_level_and_text()
    {
        console.LetGo();
        var run = await console.RunAsync("orders", "succeeded");
        await using var visitor = await console.SignInAsync("viewer");
        await visitor.Page.GotoAsync($"/runs/{run}");
        var log = visitor.Page.Locator("#log");
        await Assertions.Expect(log).ToContainTextAsync("all orders are read");
        await visitor.Page.GetByLabel("Level").SelectOptionAsync("warning");
        await visitor.ClickAsync("Search");
        await Assertions.Expect(log.Locator("> div")).ToHaveCountAsync(1);
        await Assertions.Expect(log).ToContainTextAsync("3 orders have no customer");
        await visitor.Page.GetByLabel("Level").SelectOptionAsync("");
        await visitor.Page.GetByLabel("Text").FillAsync("SHOP");
        await visitor.ClickAsync("Search");
        await Assertions.Expect(log).ToContainTextAsync("connecting to the shop");
        await Assertions.Expect(log).Not.ToContainTextAsync("all orders are read");
    }

    [Fact]
    public async Task Run_is_cancelled_and_run_again()
    {
        console.HoldBack();
        var run = await console.StartAsync("orders");
        await using var visitor = await console.SignInAsync("operator");
        await visitor.Page.GotoAsync($"/runs/{run}");
        await Assertions.Expect(visitor.Page.Locator("#step-load")).ToContainTextAsync("running", Soon);
        await visitor.ClickAsync("Cancel");
        await visitor.SeesAsync("The run was asked to stop.");
        await Assertions.Expect(visitor.Page.Locator("#run-head")).ToContainTextAsync("cancelled", Soon);

        console.LetGo();
        await visitor.ClickAsync("Run all again");
        await visitor.SeesAsync("The run is queued again");
        visitor.Page.Url.ShouldNotContain(run);
        await Assertions.Expect(visitor.Page.Locator("#run-head")).ToContainTextAsync("succeeded", Soon);
        await visitor.SeesAsync(run[^8..]);
    }

    [Fact]
    public async Task Failed_step_says_why_and_what_failed_is_retried()
    {
        var run = await console.RunAsync("invoices", "failed");
        await using var visitor = await console.SignInAsync("operator");
        await visitor.Page.GotoAsync("/runs?status=failed");
        await visitor.Page.Locator($"a[href='/runs/{run}']").ClickAsync();
        await visitor.SeesAsync("ended with exit code 3");
        await visitor.SeesAsync("the warehouse is closed");
        await visitor.ClickAsync("Retry what failed");
        await visitor.SeesAsync("The run is queued again");
        await Assertions.Expect(visitor.Page.Locator("#step-check")).ToContainTextAsync("kept", Soon);
        await Assertions.Expect(visitor.Page.Locator("#run-head")).ToContainTextAsync("failed", Soon);
    }

    [Fact]
    public async Task Without_scripts_a_run_is_cancelled_all_the_same()
    {
        console.HoldBack();
        var run = await console.StartAsync("orders");
        await using var visitor = await console.SignInAsync("operator", new Look(HasScripts: false));
        await visitor.Page.GotoAsync($"/runs/{run}");
        await visitor.ClickAsync("Cancel");
        await visitor.SeesAsync("The run was asked to stop.");
        await console.WaitForAsync(run, "cancelled");
    }
}
