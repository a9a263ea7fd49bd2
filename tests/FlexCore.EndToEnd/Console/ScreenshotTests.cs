using Microsoft.Playwright;

namespace FlexCore.EndToEnd.Console;

/// <summary>The pictures of the guide are taken from the console as it is: with <c>FLEXCORE_WRITE_DOCS=1</c> they are written anew.</summary>
public sealed class ScreenshotTests(ConsoleProject console) : IClassFixture<ConsoleProject>
{
    private const int LargestFile = 110 * 1024;

    private static readonly Look Window = new(1000, 600);

    [Fact]
    public async Task Every_page_of_the_guide_has_its_picture()
    {
        console.LetGo();
        var failed = await console.RunAsync("invoices", "failed");
        var run = await console.RunAsync("orders", "succeeded");
        await using var light = await console.SignInAsync("admin", Window);
        await using var dark = await console.SignInAsync("admin", Window with { IsDark = true });
        await using var phone = await console.SignInAsync("admin", Look.Phone);
        await TakeAsync(light, "/", "console-overview");
        await TakeAsync(dark, $"/runs/{failed}", "console-run");
        await TakeAsync(light, "/pipelines/orders", "console-pipeline");
        await TakeAsync(light, $"/runs/{run}/steps/load", "console-step");
        await TakeAsync(light, $"/events/streams/run-{run}?version=4", "console-events");
        await TakeAsync(phone, $"/runs/{run}", "console-phone");
    }

    private static async Task TakeAsync(Visitor visitor, string path, string name)
    {
        await visitor.Page.GotoAsync(path);
        await visitor.Page.Locator("h1").First.WaitForAsync();
        var picture = await visitor.Page.ScreenshotAsync(new() { Animations = ScreenshotAnimations.Disabled, Caret = ScreenshotCaret.Hide });
        picture.Length.ShouldBeInRange(1, LargestFile);
        if (Environment.GetEnvironmentVariable("FLEXCORE_WRITE_DOCS") == "1") await File.WriteAllBytesAsync(Repository.PathOf("docs", "images", $"{name}.png"), picture);
        else File.Exists(Repository.PathOf("docs", "images", $"{name}.png")).ShouldBeTrue($"{name} is missing: FLEXCORE_WRITE_DOCS=1");
    }
}
