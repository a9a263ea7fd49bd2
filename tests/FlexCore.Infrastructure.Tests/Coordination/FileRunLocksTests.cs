using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Coordination;

namespace FlexCore.Infrastructure.Tests.Coordination;

public sealed class FileRunLocksTests : IDisposable
{
    private readonly DataFolder _data = new();

    private FileRunLocks Locks => new(Path.Combine(_data.Path, "locks"));

    public void Dispose() => _data.Dispose();

    [Fact]
    public void Lock_is_refused_while_another_holds_it_and_free_once_disposed()
    {
        var held = Locks.TryAcquire("orders").ShouldNotBeNull();
        Locks.TryAcquire("orders").ShouldBeNull();

        held.Dispose();
        using var next = Locks.TryAcquire("orders");
        next.ShouldNotBeNull();
    }

    [Fact]
    public void Locks_of_two_pipelines_do_not_touch_each_other()
    {
        using var one = Locks.TryAcquire("orders");
        using var two = Locks.TryAcquire("orders-eu");

        two.ShouldNotBeNull();
    }

    [Fact]
    public void Last_owner_is_visible_while_the_lock_is_held_and_to_the_next_holder()
    {
        var run = Guid.CreateVersion7();
        Locks.LastRun("orders").ShouldBeNull();
        using (var held = Locks.TryAcquire("orders")!)
        {
            held.LastRun.ShouldBeNull();
            held.Claim(run);
            Locks.LastRun("orders").ShouldBe(run);
        }

        Locks.LastRun("orders").ShouldBe(run);
        using var next = Locks.TryAcquire("orders")!;
        next.LastRun.ShouldBe(run);
    }

    [Fact]
    public async Task Process_that_is_killed_leaves_the_lock_free_and_its_run_known()
    {
        var run = Guid.CreateVersion7();
        using var holder = await LockHolder.StartAsync(Path.Combine(_data.Path, "locks"), "orders", run);
        try
        {
            Locks.TryAcquire("orders").ShouldBeNull();
            Locks.LastRun("orders").ShouldBe(run);
        }
        finally
        {
            holder.Kill();
            await holder.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        using var held = Locks.TryAcquire("orders").ShouldNotBeNull();
        held.LastRun.ShouldBe(run);
    }

    [Fact]
    public void Owner_file_of_something_else_is_as_good_as_none()
    {
        using (var held = Locks.TryAcquire("orders")!) held.Claim(Guid.CreateVersion7());
        File.WriteAllText(Path.Combine(_data.Path, "locks", "orders.lock.owner"), "half a gu");

        Locks.LastRun("orders").ShouldBeNull();
    }

    [Fact]
    public void Folder_that_cannot_be_made_is_an_unavailable_store() =>
        Should.Throw<FlexCoreException>(() => new FileRunLocks("/dev/null/locks").TryAcquire("orders")).Error.Code.ShouldBe(ErrorCodes.StoreUnavailable);

    [Fact]
    public void Owner_that_cannot_be_written_down_is_an_unavailable_store()
    {
        using var held = Locks.TryAcquire("orders")!;
        Directory.CreateDirectory(Path.Combine(_data.Path, "locks", "orders.lock.owner.new"));

        Should.Throw<FlexCoreException>(() => held.Claim(Guid.CreateVersion7())).Error.Code.ShouldBe(ErrorCodes.StoreUnavailable);
    }
}
