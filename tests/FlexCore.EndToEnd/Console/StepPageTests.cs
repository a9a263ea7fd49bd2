using Microsoft.Playwright;

namespace FlexCore.EndToEnd.Console;

/// <summary>What the console tells of one step of a run.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class StepPageTests(ConsoleProject console)
{
    [Fact]
    public async Task Sync_accounts_for_its_records_and_shows_its_plugins_and_what_was_committed()
    {
        console.LetGo();
        var run = await console.RunAsync("orders", "succeeded");
        await using var visitor = await console.SignInAsync("viewer");
        await visitor.Page.GotoAsync($"/runs/{run}");
        await visitor.FollowAsync("load");
        var records = visitor.Page.GetByRole(AriaRole.Region, new() { Name = "What became of the records" });
        await Assertions.Expect(records).ToContainTextAsync("orders");
        await Assertions.Expect(records).ToContainTextAsync("all");
        var plugins = visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Plugins of the last attempt" });
        await Assertions.Expect(plugins).ToContainTextAsync("tap-shop");
        await Assertions.Expect(plugins).ToContainTextAsync("sandbox");
        await Assertions.Expect(plugins).ToContainTextAsync("MiB");
        await visitor.SeesAsync("\"orders\": 500");
        await Assertions.Expect(visitor.Page.Locator("#log")).ToContainTextAsync("3 orders have no customer");
        await Assertions.Expect(visitor.Page.Locator("#log")).Not.ToContainTextAsync("writing the report");
    }

    [Fact]
    public async Task Failed_step_says_why_each_attempt_has_failed()
    {
        var run = await console.RunAsync("invoices", "failed");
        await using var visitor = await console.SignInAsync("viewer");
        await visitor.Page.GotoAsync($"/runs/{run}/steps/send");
        await visitor.SeesAsync("FX2001");
        await visitor.SeesAsync("Attempt 1");
        await visitor.SeesAsync("exit code 3");
    }
}
