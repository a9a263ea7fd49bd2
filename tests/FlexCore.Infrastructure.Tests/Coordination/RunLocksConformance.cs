using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Tests.Coordination;

/// <summary>What the lock of a pipeline does, whatever keeps it.</summary>
public abstract class RunLocksConformance<TPlace> : IDisposable
    where TPlace : ILockPlace, new()
{
    protected TPlace Place { get; } = new();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Place.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Lock_is_refused_while_another_has_it_and_free_once_it_is_given_back()
    {
        await using var one = await OpenAsync();
        await using var two = await OpenAsync();
        var held = await one.AcquireAsync();

        (await two.TryAcquireAsync()).ShouldBeNull();
        (await two.LookAsync()).IsHeld.ShouldBeTrue();
        await held.DisposeAsync();

        (await two.LookAsync()).IsHeld.ShouldBeFalse();
        await using var next = await two.AcquireAsync();
        held.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Locks_of_two_pipelines_do_not_touch_each_other()
    {
        await using var machine = await OpenAsync();
        await using var one = await machine.AcquireAsync("orders");
        await using var two = await machine.AcquireAsync("orders-eu");
    }

    [Fact]
    public async Task Of_many_who_try_at_once_one_gets_it()
    {
        await using var one = await OpenAsync();
        await using var two = await OpenAsync();

        var got = (await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? one : two).TryAcquireAsync()))).OfType<IRunLock>().ToList();

        await using var held = got.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Token_grows_from_holder_to_holder()
    {
        await using var one = await OpenAsync();
        await using var two = await OpenAsync();
        var tokens = new List<long>();
        for (var i = 0; i < 6; i++)
        {
            await using var held = await (i % 2 == 0 ? one : two).AcquireAsync();
            tokens.Add(held.Token);
        }

        tokens.ShouldBe(tokens.Distinct().Order());
    }

    [Fact]
    public async Task Run_that_has_it_is_known_to_all_and_to_the_next_holder()
    {
        var run = Guid.CreateVersion7();
        await using var one = await OpenAsync();
        await using var two = await OpenAsync();
        (await two.LookAsync()).ShouldBe(new RunLockStatus(IsHeld: false, LastRun: null));
        await using (var held = await one.AcquireAsync())
        {
            held.LastRun.ShouldBeNull();
            await held.ClaimAsync(run, Token);
            (await two.LookAsync()).ShouldBe(new RunLockStatus(IsHeld: true, run));
        }

        (await two.LookAsync()).ShouldBe(new RunLockStatus(IsHeld: false, run));
        await using var next = await two.AcquireAsync();
        next.LastRun.ShouldBe(run);
    }

    [Fact]
    public async Task Process_that_is_killed_leaves_the_lock_free_on_its_machine_and_its_run_known()
    {
        var run = Guid.CreateVersion7();
        await using var machine = await OpenAsync();
        using var holder = await LockHolder.StartAsync(run, Place.AddressOf("machine"));
        (await machine.TryAcquireAsync()).ShouldBeNull();
        (await machine.LookAsync()).ShouldBe(new RunLockStatus(IsHeld: true, run));

        await holder.KillAsync();

        await using var held = await machine.AcquireAsync();
        held.LastRun.ShouldBe(run);
        await machine.AppendAsync(held);
    }

    /// <param name="machine">Several processes of one machine have one data directory.</param>
    private protected Task<LockMachine> OpenAsync(string machine = "machine") => LockMachine.OpenAsync(Place.AddressOf(machine));
}

/// <summary>What it does beyond one machine, where it is a lease.</summary>
public abstract class LeasedRunLocksConformance<TPlace> : RunLocksConformance<TPlace>
    where TPlace : ILockPlace, new()
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Machine_that_has_it_keeps_it_from_another_for_longer_than_a_lease()
    {
        await using var here = await OpenAsync("here");
        await using var there = await OpenAsync("there");
        await using (var held = await here.AcquireAsync())
        {
            for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < 2 * LockMachine.Lease; await Task.Delay(50, Token))
            {
                (await there.TryAcquireAsync()).ShouldBeNull();
                (await there.LookAsync()).IsHeld.ShouldBeTrue();
            }

            held.Lost.IsCancellationRequested.ShouldBeFalse();
            await here.AppendAsync(held);
        }

        await using var next = await there.AcquireAsync();
    }

    [Fact]
    public async Task Machine_that_dies_leaves_it_to_others_when_its_lease_has_run_out()
    {
        var run = Guid.CreateVersion7();
        await using var there = await OpenAsync("there");
        using var holder = await LockHolder.StartAsync(run, Place.AddressOf("here"));
        await holder.KillAsync();
        (await there.TryAcquireAsync()).ShouldBeNull();
        (await there.LookAsync()).ShouldBe(new RunLockStatus(IsHeld: true, run));

        await using var next = await AcquireSoonAsync(there);

        next.LastRun.ShouldBe(run);
    }

    [Fact]
    public async Task Holder_that_slept_beyond_its_lease_hears_that_it_is_lost_and_can_append_nothing_more()
    {
        await using var there = await OpenAsync("there");
        using var holder = await LockHolder.StartAsync(Guid.CreateVersion7(), Place.AddressOf("here"));
        holder.Sleep();
        await using var next = await AcquireSoonAsync(there);
        await next.ClaimAsync(Guid.CreateVersion7(), Token);

        holder.Wake();

        (await holder.HearAsync()).ShouldBe("lost");
        (await holder.HearAsync()).ShouldBe(nameof(ErrorCodes.LockLost));
        await there.AppendAsync(next);
        next.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Who_has_given_it_back_can_neither_append_nor_claim_when_another_has_taken_it()
    {
        await using var here = await OpenAsync("here");
        await using var there = await OpenAsync("there");
        var before = await here.AcquireAsync();
        await here.AppendAsync(before);
        await before.DisposeAsync();
        await using var held = await there.AcquireAsync();

        (await Should.ThrowAsync<FlexCoreException>(() => here.AppendAsync(before))).Error.Code.ShouldBe(ErrorCodes.LockLost);
        (await Should.ThrowAsync<FlexCoreException>(async () => await before.ClaimAsync(Guid.CreateVersion7(), Token))).Error.Code.ShouldBe(ErrorCodes.LockLost);
        (await there.LookAsync()).LastRun.ShouldBeNull();
    }

    private protected static async Task<IRunLock> AcquireSoonAsync(LockMachine machine)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < Limit)
        {
            if (await machine.TryAcquireAsync() is { } held) return held;
            await Task.Delay(50, Token);
        }

        throw new TimeoutException("The lock did not become free.");
    }
}
