using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Tests.Monitoring;

/// <summary>Which level of isolation a run gets on machines of different abilities.</summary>
public sealed class HostIsolationTests : IAsyncLifetime
{
    private static readonly HostFeature NoNamespaces = new("user namespace", IsPresent: false, IsRequired: true, "refused by the kernel", "Allow them.");
    private static readonly HostFeature NoLandlock = new("landlock", IsPresent: false, IsRequired: true, "version 2", "Use another kernel.");

    private World _world = null!;

    public async ValueTask InitializeAsync() => _world = await World.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Less_than_a_sandbox_is_refused_and_the_operator_told_that_he_could_accept_it()
    {
        _world.Features.Add(NoNamespaces);

        var error = (await _world.RunAsync()).Errors.ShouldHaveSingleItem();

        error.Code.ShouldBe(ErrorCodes.IsolationUnavailable);
        error.Remedy.ShouldStartWith("Allow them.");
        error.Remedy.ShouldContain("isolation: { accept: [process] }");
        _world.Attempts.ShouldBeEmpty();
    }

    [Fact]
    public async Task Accepted_level_process_is_used_and_every_event_of_the_run_says_so()
    {
        _world.Features.Add(NoNamespaces);
        _world.Lowest = IsolationLevel.Process;

        var run = (await _world.RunAsync()).Value;

        _world.Attempts.ShouldHaveSingleItem().Isolation.Level.ShouldBe(IsolationLevel.Process);
        _world.Warnings.ShouldHaveSingleItem().ShouldBe("isolation is degraded: plugins run at level process, without pid namespace");
        var events = await _world.Log.ReadLogAsync(new EventQuery(0, 100), TestContext.Current.CancellationToken);
        var ofTheRun = events.Where(item => item.Metadata.GetProperty("correlation_id").GetGuid() == run.RunId).ToList();
        ofTheRun.Count.ShouldBeGreaterThan(4);
        foreach (var item in ofTheRun)
        {
            item.Metadata.GetProperty("degraded").GetBoolean().ShouldBeTrue();
            item.Metadata.GetProperty("missing").EnumerateArray().Select(name => name.GetString()).ShouldBe(["pid namespace"]);
        }
    }

    [Fact]
    public async Task Run_that_was_interrupted_ends_in_the_words_in_which_it_began()
    {
        var run = await _world.LeaveInterruptedRunAsync(new Isolation(IsolationLevel.Process, ["pid namespace"]));

        (await _world.RunAsync()).IsSuccess.ShouldBeTrue();

        var interrupted = (await _world.Log.ReadLogAsync(new EventQuery(0, 100, EventStreams.Run(run)), TestContext.Current.CancellationToken))[^1];
        (interrupted.Type, interrupted.Metadata.GetProperty("degraded").GetBoolean()).ShouldBe(("PipelineInterrupted", true));
    }

    [Fact]
    public async Task Sandbox_is_used_where_it_can_be_had_whatever_is_accepted_and_no_event_says_anything()
    {
        _world.Lowest = IsolationLevel.Process;

        (await _world.RunAsync(allowsUnconfined: true)).IsSuccess.ShouldBeTrue();

        _world.Attempts.ShouldHaveSingleItem().Isolation.Level.ShouldBe(IsolationLevel.Sandbox);
        _world.Warnings.ShouldBeEmpty();
        var events = await _world.Log.ReadLogAsync(new EventQuery(0, 100), TestContext.Current.CancellationToken);
        events.ShouldAllBe(item => !item.Metadata.GetRawText().Contains("degraded") && !item.Metadata.GetRawText().Contains("missing"));
    }

    [Fact]
    public async Task Level_none_is_used_only_for_a_run_that_allows_it()
    {
        _world.Features.Add(NoNamespaces);
        _world.ProcessFeatures.Add(NoLandlock);
        _world.Lowest = IsolationLevel.Process;

        (await _world.RunAsync()).Errors.ShouldHaveSingleItem().Message.ShouldBe(
            "plugins cannot be isolated on this machine: user namespace: refused by the kernel; nor at level process: landlock: version 2");
        (await _world.RunAsync(allowsUnconfined: true)).IsSuccess.ShouldBeTrue();

        _world.Attempts.ShouldHaveSingleItem().Isolation.Level.ShouldBe(IsolationLevel.None);
    }

    [Fact]
    public async Task Plugin_with_network_does_not_run_at_level_process_which_cannot_confine_it()
    {
        _world.Features.Add(NoNamespaces);
        _world.Lowest = IsolationLevel.Process;
        _world.Pipeline = Some.Pipeline(Some.Task("load") with { Plugin = Some.Use(new Grant([], [], [], ["api.example.com:443"], [])) });

        (await _world.RunAsync()).Errors.ShouldHaveSingleItem().Message.ShouldStartWith("report was granted network, which a plugin can have in a sandbox only");
        (await _world.RunAsync(allowsUnconfined: true)).IsSuccess.ShouldBeTrue();

        _world.Attempts.ShouldHaveSingleItem().Isolation.Level.ShouldBe(IsolationLevel.None);
    }

    [Fact]
    public async Task Whole_self_test_is_made_once_for_each_host()
    {
        await _world.RunAsync();
        await _world.RunAsync();
        _world.Tested.ShouldBe([IsolationLevel.Sandbox]);

        _world.Host = "another kernel";
        await _world.RunAsync();
        await _world.RunAsync();

        _world.Tested.ShouldBe([IsolationLevel.Sandbox, IsolationLevel.Sandbox]);
        (await _world.EventsAsync(EventStreams.Node(Environment.MachineName))).Cast<IsolationProbed>().Select(probed => probed.Host).ShouldBe(["this one", "another kernel"]);
    }
}
