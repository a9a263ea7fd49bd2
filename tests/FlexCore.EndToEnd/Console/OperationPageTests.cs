using System.Text.Json;
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
        await visitor.FollowAsync("No, go back");
        await visitor.Page.GetByRole(AriaRole.Checkbox).First.CheckAsync();
        await visitor.ClickAsync("Discard the chosen ones");
        await visitor.SeesAsync("What the records said is deleted");
        await visitor.ClickAsync("Discard it");
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
        await visitor.SeesAsync("Revoke the token dashboard?");
        (await TokenAsync()).GetProperty("status").GetString().ShouldBe("valid", "nobody has said yes so far");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Revoke it" }).PressAsync("Enter");
        await visitor.SeesAsync("The token is refused from now on.");
        (await TokenAsync()).GetProperty("status").GetString().ShouldBe("revoked");

        async Task<JsonElement> TokenAsync() =>
            (await console.Server.AskAsync(HttpMethod.Get, "/api/v1/tokens?limit=1000")).Json.GetProperty("items").EnumerateArray().Single(token => token.GetProperty("name").GetString() == "dashboard");
    }

    [Fact]
    public async Task Form_that_is_refused_says_which_field_is_wrong_and_keeps_what_was_written()
    {
        await using var visitor = await console.SignInAsync("admin");
        visitor.ExpectedErrors.Add("400");
        await visitor.FollowAsync("Access");
        await visitor.Page.GetByLabel("Name").FillAsync("reports");
        await visitor.Page.GetByLabel("Role").SelectOptionAsync("auditor");
        await visitor.Page.GetByLabel("Lifetime").FillAsync("soon");
        await visitor.Page.GetByLabel("Pipelines").FillAsync("shop-*");
        await visitor.ClickAsync("Make it");
        await visitor.SeesAsync("lifetime must be a lifetime such as 30m, 12h or 90d");
        await visitor.SeesNotAsync("--help");
        (await visitor.Page.GetByLabel("Name").InputValueAsync()).ShouldBe("reports");
        (await visitor.Page.GetByLabel("Role").InputValueAsync()).ShouldBe("auditor");
        (await visitor.Page.GetByLabel("Pipelines").InputValueAsync()).ShouldBe("shop-*");
        visitor.ExpectedErrors.Clear();
        await visitor.Page.GetByLabel("Lifetime").FillAsync("1h");
        await visitor.ClickAsync("Make it");
        await visitor.SeesAsync("The token of reports, told this once");
    }

    [Fact]
    public async Task Variables_stay_in_the_form_where_the_pipeline_cannot_start()
    {
        await using var visitor = await console.SignInAsync("operator");
        await using var other = await console.SignInAsync("operator");
        visitor.ExpectedErrors.Add("409");
        await visitor.Page.GotoAsync("/pipelines/idle");
        await visitor.Page.GetByLabel("region").FillAsync("us");
        await other.Page.GotoAsync("/pipelines/idle");
        await other.ClickAsync("Pause");
        await other.SeesAsync("The pipeline is paused");
        await visitor.ClickAsync("Start a run");
        await visitor.SeesAsync("Activate it on its page.");
        await visitor.SeesNotAsync("flexcore pipeline activate");
        (await visitor.Page.GetByLabel("region").InputValueAsync()).ShouldBe("us");
        await other.ClickAsync("Activate");
        await other.SeesAsync("The pipeline is active");
        await visitor.ClickAsync("Start a run");
        await visitor.SeesAsync("The run is queued.");
    }

    [Fact]
    public async Task Plugin_is_disabled_with_a_reason_and_enabled_again_by_admins()
    {
        (await console.Server.Project.FlexCoreAsync("plugin", "run", "report")).ShouldExitWith(0);
        await using (var viewer = await console.SignInAsync("viewer"))
        {
            await viewer.Page.GotoAsync("/plugins/report");
            (await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Disable" }).CountAsync()).ShouldBe(0);
        }

        await using var visitor = await console.SignInAsync("admin");
        await visitor.Page.GotoAsync("/plugins/report");
        await visitor.SeesAsync("Run by itself");
        await visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Newest runs of the plugin by itself" }).GetByRole(AriaRole.Link).First.ClickAsync();
        await visitor.SeesAsync("plugin-report");
        await visitor.Page.GotoAsync("/plugins/report");
        await visitor.ClickAsync("Disable");
        await visitor.SeesAsync("Disable the plugin report?");
        await visitor.Page.GetByLabel("Why").FillAsync("it writes too much");
        await visitor.ClickAsync("Disable it");
        await visitor.SeesAsync("No run begins with the plugin from now on.");
        await visitor.SeesAsync("disabled it: it writes too much");
        await visitor.ClickAsync("Enable");
        await visitor.ClickAsync("Enable it");
        await visitor.SeesAsync("Runs may begin with the plugin again.");
    }

    [Fact]
    public async Task Questions_are_asked_without_scripts_too()
    {
        await console.RunAsync("customers", "succeeded");
        await using var visitor = await console.SignInAsync("operator", new Look(HasScripts: false));
        await visitor.Page.GotoAsync("/deadletters?pipeline=customers");
        await visitor.Page.Locator("td a[href^='/deadletters/']").First.ClickAsync();
        await visitor.ClickAsync("Discard it");
        await visitor.SeesAsync("Discard dead letter");
        await visitor.ClickAsync("Discard it");
        await visitor.SeesAsync("The dead letters are discarded.");
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
