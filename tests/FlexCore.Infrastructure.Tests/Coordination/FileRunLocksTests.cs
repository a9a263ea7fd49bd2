using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Coordination;

namespace FlexCore.Infrastructure.Tests.Coordination;

/// <summary>What lock files make of a folder that is not as they left it.</summary>
public sealed class FileRunLocksTests : IDisposable
{
    private readonly DataFolder _data = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FileRunLocks Locks => new(Path.Combine(_data.Path, "locks"));

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Owner_file_of_something_else_is_as_good_as_none()
    {
        await using (var held = (await Locks.TryAcquireAsync("orders", Token))!) await held.ClaimAsync(Guid.CreateVersion7(), Token);
        File.WriteAllText(Path.Combine(_data.Path, "locks", "orders.lock.owner"), "half a gu");

        (await Locks.LookAsync("orders", Token)).LastRun.ShouldBeNull();
    }

    [Fact]
    public async Task Folder_that_cannot_be_made_is_an_unavailable_store() =>
        (await Should.ThrowAsync<FlexCoreException>(async () => await new FileRunLocks("/dev/null/locks").TryAcquireAsync("orders", Token))).Error.Code.ShouldBe(ErrorCodes.StoreUnavailable);

    [Fact]
    public async Task Owner_that_cannot_be_written_down_is_an_unavailable_store()
    {
        await using var held = (await Locks.TryAcquireAsync("orders", Token))!;
        Directory.CreateDirectory(Path.Combine(_data.Path, "locks", "orders.lock.owner.new"));

        (await Should.ThrowAsync<FlexCoreException>(async () => await held.ClaimAsync(Guid.CreateVersion7(), Token))).Error.Code.ShouldBe(ErrorCodes.StoreUnavailable);
    }

    [Fact]
    public void Place_is_the_same_for_all_who_ask_and_another_one_elsewhere()
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        for (var folder = 0; folder < 200; folder++)
        {
            var places = new string[8];
            Parallel.For(0, places.Length, i => places[i] = new FileRunLocks(Path.Combine(_data.Path, $"{folder}")).Place);

            all.Add(places.Distinct(StringComparer.Ordinal).ShouldHaveSingleItem()).ShouldBeTrue();
        }
    }
}
