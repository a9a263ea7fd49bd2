using FlexCore.Application.Monitoring;
using FlexCore.Application.Plugins;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Monitoring;

public sealed class ReadEventsTests : IAsyncLifetime
{
    private World _world = null!;

    public async ValueTask InitializeAsync() => _world = await World.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Event_is_shown_by_its_position()
    {
        await _world.RunAsync();

        (await new ReadEvents(_world.Log).HandleAsync(new ShowEvent(2), Some.Caller, TestContext.Current.CancellationToken)).Value.Type.ShouldBe("PipelineCreated");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1000)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public async Task Position_without_an_event_is_not_found(long position)
    {
        await _world.RunAsync();

        (await new ReadEvents(_world.Log).HandleAsync(new ShowEvent(position), Some.Caller, TestContext.Current.CancellationToken)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Plugin_that_was_used_is_shown_with_what_it_got_last()
    {
        await _world.RunAsync();
        var plugins = new ShowPluginHandler(_world.Log, new Plugins.PluginFolder());

        var used = (await plugins.HandleAsync(new ShowPlugin("report"), Some.Caller, TestContext.Current.CancellationToken)).Value;

        (used.Name, used.Plugin.Registered).ShouldBe(("report", null));
        used.Plugin.Places.ShouldHaveSingleItem().Grant.ToString().ShouldBe("read /data");
        (await plugins.HandleAsync(new ShowPlugin("nobody"), Some.Caller, TestContext.Current.CancellationToken)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
    }
}
