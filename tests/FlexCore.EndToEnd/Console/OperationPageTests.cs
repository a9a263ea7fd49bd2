using Microsoft.Playwright;

namespace FlexCore.EndToEnd.Console;

/// <summary>Plugins, dead letters, nodes, access and settings in the console.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class OperationPageTests(ConsoleProject console)
{
    [Fact]
    public async Task Plugin_shows_what_it_asks_for_what_it_got_and_how_exposed_it_is()
    {
        console.LetGo();
        await console.RunAsync("orders", "succeeded");
        await using var visitor = await console.SignInAsync("viewer");
        await visitor.FollowAsync("Plugins");
        await visitor.FollowAsync("tap-shop");
        await visitor.SeesAsync("What it asks for is in its plugin.yaml");
        await visitor.SeesAsync("/shop");
        await visitor.SeesAsync("Exposure");
        await visitor.SeesAsync("Executions");
    }

    [Fact]
    public async Task Registered_plugin_is_granted_what_it_asks_for_and_it_is_taken_back()
    {
        (await console.Server.Project.Plugin("tap-other", "tap", TestProject.SmallTap, "capabilities: { env: [TZ] }").FlexCoreAsync("plugin", "add", "plugins/tap-other")).ShouldExitWith(0);
        await using var visitor = await console.SignInAsync("admin");
        await visitor.Page.GotoAsync("/plugins/tap-other");
        await visitor.SeesAsync("Asks for");
        await visitor.ClickAsync("Grant what it asks for");
        await visitor.SeesAsync("The plugin was granted what it asks for.");
        await visitor.ClickAsync("Take its grants back");
        await visitor.SeesAsync("What the plugin was granted is taken back.");
        await Assertions.Expect(visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Grant what it asks for" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Dead_letter_is_read_and_discarded_by_those_who_may()
    {
        await console.RunAsync("customers", "succeeded");
        await using (var viewer = await console.SignInAsync("viewer"))
        {
            await viewer.FollowAsync("Dead letters");
            await viewer.SeesAsync("customers · load");
            (await viewer.Page.GetByRole(AriaRole.Checkbox).CountAsync()).ShouldBe(0);
        }

        await using var visitor = await console.SignInAsync("operator");
        await visitor.Page.GotoAsync("/deadletters");
        await visitor.Page.Locator("td a[href^='/deadletters/']").First.ClickAsync();
        await visitor.SeesAsync("not-a-number");
        await visitor.Page.GotoAsync("/deadletters");
        await visitor.Page.GetByRole(AriaRole.Checkbox).First.CheckAsync();
        await visitor.ClickAsync("Discard the chosen ones");
        await visitor.SeesAsync("The dead letters are discarded.");
    }

    [Fact]
    public async Task Dead_letters_are_sent_again_by_a_run()
    {
        await console.RunAsync("customers", "succeeded");
        await using var visitor = await console.SignInAsync("operator");
        await visitor.Page.GotoAsync("/deadletters?pipeline=customers");
        await visitor.Page.GetByRole(AriaRole.Checkbox).Last.CheckAsync();
        await visitor.ClickAsync("Send the chosen ones again");
        await visitor.SeesAsync("queued to be sent again");
        await Assertions.Expect(visitor.Page.Locator("#run-head")).ToContainTextAsync("succeeded", new() { Timeout = 20_000 });
    }

    [Fact]
    public async Task Token_is_told_once_works_and_is_revoked()
    {
        await using var visitor = await console.SignInAsync("admin");
        await visitor.FollowAsync("Access");
        await visitor.Page.GetByLabel("Name").FillAsync("dashboard");
        await visitor.Page.GetByLabel("Pipelines").FillAsync("idle");
        await visitor.ClickAsync("Make it");
        var text = await visitor.Page.Locator("#created code").InnerTextAsync();
        await using (var bearer = await console.Browser.SignInAsync(text, new Look()))
        {
            (await bearer.Page.GetByRole(AriaRole.Link, new() { Name = "Nodes" }).CountAsync()).ShouldBe(0, "a token for some pipelines shows pipelines");
            await bearer.FollowAsync("Pipelines");
            await bearer.SeesAsync("idle");
            await bearer.SeesNotAsync("orders");
        }

        await visitor.Page.GotoAsync("/access");
        (await visitor.Page.ContentAsync()).ShouldNotContain(text);
        await visitor.ClickAsync("Revoke dashboard");
        await visitor.SeesAsync("The token is refused from now on.");
    }

    [Fact]
    public async Task Nodes_and_settings_say_what_works_here()
    {
        await using var visitor = await console.SignInAsync("admin");
        await visitor.FollowAsync("Nodes");
        await Assertions.Expect(visitor.Page.Locator("#nodes")).ToContainTextAsync("live");
        await visitor.FollowAsync("Settings");
        await visitor.SeesAsync("Plugins can run on this machine");
        await visitor.SeesAsync("features.schedules");
    }
}
