using System.Text.Json;
using Microsoft.Playwright;

namespace FlexCore.EndToEnd.Console;

/// <summary>The log as auditors look at it in the console.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class EventPageTests(ConsoleProject console)
{
    private static readonly LocatorAssertionsToContainTextOptions Soon = new() { Timeout = 20_000 };

    [Fact]
    public async Task Events_are_filtered_and_followed_as_they_come()
    {
        await console.RunAsync("idle", "succeeded");
        await using var visitor = await console.SignInAsync("auditor");
        await visitor.FollowAsync("Events");
        await visitor.Page.GetByLabel("Type").FillAsync("PipelineQueued");
        await visitor.ClickAsync("Filter");
        var list = visitor.Page.Locator("#events tbody");
        await Assertions.Expect(list).ToContainTextAsync("PipelineQueued");
        await Assertions.Expect(list).Not.ToContainTextAsync("PipelineStarted");
        await visitor.ClickAsync("Follow");
        await visitor.Page.EvaluateAsync("window.wasHere = true");
        var run = await console.RunAsync("idle", "succeeded");
        await Assertions.Expect(list).ToContainTextAsync($"run-{run}", Soon);
        (await visitor.Page.EvaluateAsync<bool>("window.wasHere")).ShouldBeTrue("the page was not read anew");
    }

    [Fact]
    public async Task Slider_shows_a_run_as_it_was_after_each_of_its_events()
    {
        var run = await console.RunAsync("invoices", "failed");
        await using var visitor = await console.SignInAsync("auditor");
        await visitor.Page.GotoAsync($"/events/streams/run-{run}");
        var then = visitor.Page.Locator("#then");
        await Assertions.Expect(then.Locator(".status").First).ToContainTextAsync("failed");
        var slider = visitor.Page.GetByLabel("As it was after event");
        await slider.FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Home");
        await Assertions.Expect(then.Locator(".status").First).ToContainTextAsync("queued", Soon);
        await Assertions.Expect(then).ToContainTextAsync("After PipelineQueued");
        await visitor.Page.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(then.Locator(".status").First).ToContainTextAsync("running", Soon);
        visitor.Page.Url.ShouldContain("version=2");
    }

    [Fact]
    public async Task Proof_is_downloaded_and_the_log_is_found_to_be_what_was_appended()
    {
        await console.RunAsync("idle", "succeeded");
        await using var visitor = await console.SignInAsync("auditor");
        await visitor.Page.GotoAsync("/events/1");
        var download = await visitor.Page.RunAndWaitForDownloadAsync(() => visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Download its proof" }).ClickAsync());
        download.SuggestedFilename.ShouldBe("proof-1.json");
        await using var file = await download.CreateReadStreamAsync();
        using var proof = await JsonDocument.ParseAsync(file, cancellationToken: TestContext.Current.CancellationToken);
        proof.RootElement.ValueKind.ShouldBe(JsonValueKind.Object);

        await visitor.Page.GotoAsync("/events/integrity");
        await visitor.SeesAsync("BEGIN PUBLIC KEY");
        await visitor.ClickAsync("Verify the whole log");
        await visitor.SeesAsync("The log is what was appended");
    }

    [Fact]
    public async Task Whoever_may_not_read_the_log_is_not_shown_the_way_and_refused()
    {
        await using var visitor = await console.SignInAsync("operator");
        visitor.ExpectedErrors.Add("403");
        (await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Events" }).CountAsync()).ShouldBe(0);
        await visitor.Page.GotoAsync("/events");
        await visitor.SeesAsync("FX6001");
    }
}
