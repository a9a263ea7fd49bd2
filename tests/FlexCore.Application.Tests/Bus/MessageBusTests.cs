using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Bus;

public sealed class MessageBusTests
{
    private static readonly Caller Zoe = new("zoe", Role.Admin);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_gets_the_answer_of_its_handler()
    {
        var answer = await new MessageBus().Add(() => new Handler(request => request.Text + "!")).SendAsync(new Say("hello"), Zoe, Token);

        answer.Value.ShouldBe("hello!");
    }

    [Fact]
    public async Task Request_that_nobody_handles_is_a_defect() =>
        await Should.ThrowAsync<InvalidOperationException>(() => new MessageBus().SendAsync(new Say("hello"), Zoe, Token));

    [Fact]
    public async Task Request_that_is_wrong_as_it_stands_is_refused_with_all_reasons_before_anything_is_done()
    {
        var refused = await new MessageBus(new ValidateRequests()).Add(() => new Handler(_ => throw new InvalidOperationException("reached"))).SendAsync(new Say(""), Zoe, Token);

        refused.Errors.Select(error => error.Message).ShouldBe(["say something", "say more"]);
    }

    [Fact]
    public async Task Caller_without_the_permission_is_refused_and_that_is_on_record()
    {
        await using var world = await World.CreateAsync();
        var bus = new MessageBus(new AuthorizeRequests(new Only("root"), world.Log)).Add(() => new Handler(request => request.Text));

        var refused = await bus.SendAsync(new Say("hello"), Zoe, Token);
        var allowed = await bus.SendAsync(new Say("hello"), new Caller("root", Role.Admin), Token);

        refused.Errors.Single().Code.ShouldBe(ErrorCodes.AccessDenied);
        allowed.Value.ShouldBe("hello");
        var fact = (await world.Log.ReadAsync("access-caller.zoe", Token)).ShouldHaveSingleItem();
        (fact.Event, fact.Actor).ShouldBe((new AccessDenied("zoe", "Say", Permission.Operate), "zoe"));
    }

    [Fact]
    public async Task Command_that_met_somebody_quicker_is_done_anew()
    {
        var calls = 0;
        var bus = new MessageBus(new RetryConflicts()).Add(() => new Handler(request => ++calls < 3 ? throw Conflict() : request.Text));

        (await bus.SendAsync(new Say("hello"), Zoe, Token)).Value.ShouldBe("hello");
        calls.ShouldBe(3);
    }

    [Fact]
    public async Task Command_that_always_meets_somebody_quicker_gives_up()
    {
        var calls = 0;
        var bus = new MessageBus(new RetryConflicts()).Add(() => new Handler(_ => ++calls > 0 ? throw Conflict() : ""));

        await Should.ThrowAsync<FlexCoreException>(() => bus.SendAsync(new Say("hello"), Zoe, Token));
        calls.ShouldBe(5);
    }

    [Fact]
    public async Task Decorators_stand_around_the_handler_in_their_order()
    {
        List<string> seen = [];
        var bus = new MessageBus(new Noting("outer", seen), new Noting("inner", seen)).Add(() => new Handler(request => request.Text));

        await bus.SendAsync(new Say("hello"), Zoe, Token);

        seen.ShouldBe(["outer Say", "inner Say", "inner done", "outer done"]);
    }

    private static FlexCoreException Conflict() => new(new Error(ErrorCodes.VersionConflict, "somebody was quicker"));

    private sealed record Say(string Text) : ICommand<string>
    {
        public Permission Permission => Permission.Operate;

        public IEnumerable<Error> Validate() => Text.Length > 0 ? [] : [new Error(ErrorCodes.UsageInvalid, "say something"), new Error(ErrorCodes.UsageInvalid, "say more")];
    }

    private sealed class Handler(Func<Say, string> say) : IHandler<Say, string>
    {
        public Task<Result<string>> HandleAsync(Say request, Caller caller, CancellationToken cancellationToken) => Task.FromResult<Result<string>>(say(request));
    }

    private sealed class Only(string name) : IAccessPolicy
    {
        public ValueTask<string?> RefuseAsync(Caller caller, Permission permission, Reach reach, CancellationToken cancellationToken) => new(caller.Name == name ? null : "is for others");
    }

    private sealed class Noting(string name, List<string> seen) : IDecorator
    {
        public async Task<Result<TResult>> InvokeAsync<TResult>(IRequest<TResult> request, Caller caller, Func<Task<Result<TResult>>> next, CancellationToken cancellationToken)
        {
            seen.Add($"{name} {request.GetType().Name}");
            var result = await next();
            seen.Add($"{name} done");
            return result;
        }
    }
}
