using System.Text;
using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.Runs;

/// <summary>Bookmarks that somebody moves by hand.</summary>
public sealed class ChangeStateTests
{
    private const string Stream = "state-orders.load";

    private static readonly Caller Zoe = new("zoe", Role.Admin);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task State_is_set_and_cleared_with_a_reason_and_every_version_can_be_read_again()
    {
        await using var world = await World.CreateAsync();
        var (change, states) = (Change(world), new GetState(world.Log));
        var run = await CommitAsync(world, 7);

        (await change.HandleAsync(Set(3) with { Reason = "rows were deleted" }, Zoe, Token)).Value.Version.ShouldBe(2);
        Last(await states.HandleAsync("orders", "load", Token)).ShouldBe(3);
        (await change.HandleAsync(Clear with { Reason = "the target was emptied" }, Zoe, Token)).Value.Version.ShouldBe(3);
        (await states.HandleAsync("orders", "load", Token)).Value.ShouldBeNull();
        (await states.HandleAsync(new ListStates("orders"), Some.Caller, Token)).Value.ShouldBeEmpty();

        var versions = (await states.ListVersionsAsync("orders", "load", Token)).Value;
        versions.Select(version => (version.State.Version, version.State.RunId)).ShouldBe([(1, run), (2, (Guid?)null), (3, (Guid?)null)]);
        versions.Select(version => (version.Event as StateSet)?.Reason ?? (version.Event as StateCleared)?.Reason).ShouldBe([null, "rows were deleted", "the target was emptied"]);
        versions.Select(version => version.Actor).ShouldBe([Environment.UserName, "zoe", "zoe"]);
        Last((await states.FindVersionAsync("orders", "load", 2, Token)).Value.State).ShouldBe(3);
        (await states.FindVersionAsync("orders", "load", 4, Token)).Errors.ShouldHaveSingleItem().Message.ShouldContain("versions 1 to 3");
        (await states.FindVersionAsync("orders", "load", 0, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Going_back_restores_where_each_target_was_and_moves_the_history_forward()
    {
        await using var world = await World.CreateAsync();
        var change = Change(world);
        await CommitAsync(world, 3, new TargetState("a", 7, Value(7)), new TargetState("b", 3, Value(3)));
        await CommitAsync(world, 9, new TargetState("a", 9, Value(9)), new TargetState("b", 9, Value(9)));

        var back = (await change.HandleAsync(new RevertState("orders", "load", 1), Zoe, Token)).Value;

        back.Version.ShouldBe(3);
        Last(back).ShouldBe(3);
        back.Targets.Select(target => (target.Target, target.Number)).ShouldBe([("a", 7), ("b", 3)]);
        back.IsForAllTargets.ShouldBeFalse();
        (await world.EventsAsync(Stream))[2].ShouldBeOfType<StateSet>().FromVersion.ShouldBe(1);
        (await change.HandleAsync(new RevertState("orders", "load", 2), Zoe, Token)).Value.Version.ShouldBe(4);
    }

    [Fact]
    public async Task Value_set_by_hand_stays_one_for_all_targets_when_it_comes_back()
    {
        await using var world = await World.CreateAsync();
        var change = Change(world);
        (await change.HandleAsync(Set(1), Zoe, Token)).Value.IsForAllTargets.ShouldBeTrue();
        await change.HandleAsync(Clear, Zoe, Token);

        (await change.HandleAsync(new RevertState("orders", "load", 1), Zoe, Token)).Value.IsForAllTargets.ShouldBeTrue();
        (await change.HandleAsync(new RevertState("orders", "load", 2), Zoe, Token)).Errors.ShouldHaveSingleItem().Remedy.ShouldContain("state clear");
    }

    [Fact]
    public async Task Expected_version_keeps_two_people_from_undoing_each_others_work()
    {
        await using var world = await World.CreateAsync();
        var change = Change(world);

        (await change.HandleAsync(Set(1) with { ExpectedVersion = 0 }, Zoe, Token)).IsSuccess.ShouldBeTrue();
        var refused = (await change.HandleAsync(Set(2) with { ExpectedVersion = 0 }, Zoe, Token)).Errors.ShouldHaveSingleItem();
        refused.Code.ShouldBe(ErrorCodes.StateMoved);
        refused.Message.ShouldContain("at version 1, and not at 0");
        (await change.HandleAsync(Clear with { ExpectedVersion = 1 }, Zoe, Token)).IsSuccess.ShouldBeTrue();
        (await world.TypesAsync(Stream)).ShouldBe(["StateSet", "StateCleared"]);
    }

    [Fact]
    public async Task Nothing_is_changed_while_a_run_of_the_pipeline_is_under_way()
    {
        await using var world = await World.CreateAsync();
        var change = Change(world);
        await using (await world.HoldAsync(Guid.CreateVersion7()))
        {
            (await change.HandleAsync(Set(1), Zoe, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.PipelineAlreadyRunning);
            (await change.HandleAsync(Set(1) with { Pipeline = "people" }, Zoe, Token)).IsSuccess.ShouldBeTrue("another pipeline is not concerned");
        }

        (await world.EventsAsync(Stream)).ShouldBeEmpty();
        (await change.HandleAsync(Set(1), Zoe, Token)).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task Run_that_was_killed_is_settled_first_and_does_not_block_the_change()
    {
        await using var world = await World.CreateAsync();
        var killed = await world.LeaveInterruptedRunAsync();

        (await Change(world).HandleAsync(Set(1), Zoe, Token)).IsSuccess.ShouldBeTrue();

        (await world.TypesAsync(EventStreams.Run(killed)))[^1].ShouldBe("PipelineInterrupted");
    }

    [Theory]
    [InlineData("Orders", "load", null, "FX1014")]
    [InlineData("orders", "../load", null, "FX1014")]
    [InlineData("orders.x", "load", null, "FX1014")]
    [InlineData("orders", "load", 501, "FX1001")]
    public void Bad_name_or_endless_reason_is_refused(string pipeline, string step, int? reason, string code) =>
        new SetState(pipeline, step, Value(1), Reason: reason is { } length ? new string('x', length) : null).Validate().ShouldHaveSingleItem().Code.Id.ShouldBe(code);

    [Fact]
    public async Task There_is_nothing_to_clear_or_to_show_where_nothing_is_committed()
    {
        await using var world = await World.CreateAsync();
        (await Change(world).HandleAsync(Clear, Zoe, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
        (await new GetState(world.Log).ListVersionsAsync("orders", "load", Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
    }

    [Theory]
    [InlineData("""{"bookmarks":{"orders":{"id":12345678901234567890.50}}}""", """{"bookmarks":{"orders":{"id":12345678901234567890.50}}}""")]
    [InlineData(""" {"a":1} """, """{"a":1}""")]
    [InlineData("""{"type":"STATE","value":{"last":3}}""", """{"last":3}""")]
    [InlineData("""{"type":"state","value":{"last":3}}""", """{"type":"state","value":{"last":3}}""")]
    public void Written_value_is_kept_as_it_is_and_a_whole_STATE_message_taken_for_its_value(string written, string expected) =>
        WrittenState.Read(Encoding.UTF8.GetBytes(written), "file").Value.GetRawText().Trim().ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("[1]")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":1} {}")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("\uFEFF{}")]
    [InlineData("{\"a\":\0}")]
    [InlineData("""{"type":"STATE","value":3}""")]
    public void Garbage_is_refused(string written) => WrittenState.Read(Encoding.UTF8.GetBytes(written), "file").Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.InvalidValue);

    [Fact]
    public void Invalid_UTF8_endless_depth_and_endless_text_are_refused()
    {
        WrittenState.Read((byte[])[.. "{\"a\":\""u8, 0xFF, .. "\"}"u8], "file").Errors.ShouldHaveSingleItem().Message.ShouldContain("not UTF-8");
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000);
        WrittenState.Read(Encoding.UTF8.GetBytes(deep), "file").Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.InvalidValue);
        WrittenState.Read(new byte[WrittenState.MostBytes + 1], "file").Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.FileTooLarge);
    }

    private static SetState Set(int last) => new("orders", "load", Value(last));

    private static ClearState Clear { get; } = new("orders", "load");

    private static ChangeState Change(World world) => new(world.Log, world.PipelineLocks);

    private static JsonElement Value(int last) => JsonElement.Parse($$"""{"last":{{last}}}""");

    private static int Last(CommittedState state) => state.Value!.Value.GetProperty("last").GetInt32();

    private static async Task<Guid> CommitAsync(World world, int last, params TargetState[] targets)
    {
        var run = Guid.CreateVersion7();
        await world.Log.AppendAsync(Stream, expectedVersion: null, [new StateCommitted(run, Value(last), targets is [] ? null : targets)], EventContext.New(run), Token);
        return run;
    }
}
