using Microsoft.Playwright;

namespace FlexCore.EndToEnd.Console;

/// <summary>Pipelines as people find, read, start and pause them in the console.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class PipelinePageTests(ConsoleProject console)
{
    [Fact]
    public async Task Pipeline_is_found_by_a_part_of_its_name_and_shows_its_steps_and_when_it_is_due()
    {
        await using var visitor = await console.SignInAsync("viewer");
        await visitor.FollowAsync("Pipelines");
        await visitor.SeesAsync("invoices");
        await visitor.Page.GetByLabel("Name").FillAsync("rder");
        await visitor.ClickAsync("Filter");
        await visitor.SeesNotAsync("invoices");
        await visitor.FollowAsync("orders");
        await visitor.SeesAsync("Orders from the shop to the warehouse");
        await visitor.SeesAsync("every 15 minutes on day 1 of the month in January, Europe/Lisbon time");
        await Assertions.Expect(visitor.Page.Locator(".graph rect")).ToHaveCountAsync(2);
        await Assertions.Expect(visitor.Page.Locator(".graph path.arrow")).ToHaveCountAsync(1);
        await Assertions.Expect(visitor.Page.Locator(".graph")).ToContainTextAsync("tap-shop → target-files");
        (await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Start a run" }).CountAsync()).ShouldBe(0, "viewers start nothing");
    }

    [Fact]
    public async Task Run_is_started_with_variables_of_the_user()
    {
        await using var visitor = await console.SignInAsync("operator");
        await visitor.Page.GotoAsync("/pipelines/idle");
        await visitor.Page.GetByLabel("region").FillAsync("us");
        await visitor.ClickAsync("Start a run");
        await visitor.SeesAsync("The run is queued.");
        await Assertions.Expect(visitor.Page.Locator("#run-head")).ToContainTextAsync("succeeded", new() { Timeout = 20_000 });
        (await console.Server.Project.EventsAsync("--stream", $"run-{visitor.Page.Url.Split('/')[^1]}"))[0].GetProperty("data").GetProperty("set").GetProperty("region").GetString().ShouldBe("us");
    }

    [Fact]
    public async Task Paused_pipeline_starts_no_run_until_it_is_active_again()
    {
        await using var visitor = await console.SignInAsync("operator");
        await visitor.Page.GotoAsync("/pipelines/idle");
        await visitor.ClickAsync("Pause");
        await visitor.SeesAsync("The pipeline is paused");
        (await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Start a run" }).CountAsync()).ShouldBe(0);
        await visitor.ClickAsync("Activate");
        await visitor.SeesAsync("The pipeline is active");
        await Assertions.Expect(visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Start a run" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Versions_say_what_has_changed_between_them()
    {
        console.Server.Project.Write("changing.yaml", "name: changing\nsteps: [{ id: a, noop: {} }]\n");
        (await console.Server.Project.FlexCoreAsync("pipeline", "apply", "-f", "changing.yaml")).ShouldExitWith(0);
        console.Server.Project.Write("changing.yaml", "name: changing\nsteps: [{ id: a, noop: {} }, { id: second, noop: {}, needs: [a] }]\n");
        (await console.Server.Project.FlexCoreAsync("pipeline", "apply", "-f", "changing.yaml")).ShouldExitWith(0);
        await using var visitor = await console.SignInAsync("viewer");
        await visitor.Page.GotoAsync("/pipelines/changing");
        await visitor.FollowAsync("What changed");
        await visitor.SeesAsync("What version 2 changed from version 1");
        await Assertions.Expect(visitor.Page.Locator(".diff .added").Filter(new() { HasText = "second" })).ToBeVisibleAsync();
    }
}
