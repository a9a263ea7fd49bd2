using System.Text;
using FlexCore.Infrastructure.Persistence;

namespace FlexCore.Infrastructure.Tests.Persistence;

/// <summary>What becomes of units of work when the process goes away, at each point between writes, in stores whose unit of work is their own doing.</summary>
public abstract class CrashConformance : EntityStoreConformance
{
    /// <summary>Opens the same, and is told before each write.</summary>
    private protected abstract IEntityStore Open(Action<string> beforeWrite);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Unit_of_work_is_whole_or_not_there_wherever_it_was_cut_off(int size)
    {
        await Store.CommitAsync([Create("changed", "0"), Create("deleted", "0")], Token);
        var (changed, deleted) = ("0", true);
        for (var point = 0; ; point++)
        {
            // A process that dies before its write number POINT, and writes nothing from then on.
            var writes = 0;
            var dying = Open(_ =>
            {
                if (writes++ >= point) throw new CrashException();
            });
            var next = $"{point + 1}";
            EntityChange[] changes = [Update("changed", changed, next), deleted ? EntityChange.Delete(Kind, "deleted", Of("deleted", "0")) : Create("deleted", "0"), Create($"created{point}", "0")];
            var hasDied = false;
            try
            {
                await dying.CommitAsync(changes[..size], Token);
            }
            catch (CrashException)
            {
                hasDied = true;
            }

            // The next one finds all of it or nothing, and goes on.
            var after = Open();
            var isDone = (await after.FindAsync(Kind, "changed", Token))!.Version == Of("changed", next);
            if (!hasDied) isDone.ShouldBeTrue();
            if (isDone) changed = next;
            if (isDone && size > 1) deleted = !deleted;
            (await after.FindAsync(Kind, "changed", Token))!.Version.ShouldBe(Of("changed", changed));
            (await after.FindAsync(Kind, "deleted", Token) is not null).ShouldBe(deleted);
            (await after.FindAsync(Kind, $"created{point}", Token) is not null).ShouldBe(isDone && size > 1);
            (await after.ListAsync(new EntityQuery(Kind), Token)).Entities.Any(entity => entity.Id == $"created{point}").ShouldBe(isDone && size > 1);

            await after.CommitAsync([Update("changed", changed, $"again {point}"), Create($"other{point}", "0")], Token);
            changed = $"again {point}";
            if (!hasDied)
            {
                point.ShouldBeGreaterThanOrEqualTo(size);
                return;
            }
        }
    }

    private static EntityChange Create(string id, string value) => EntityChange.Create(With(id, value));

    private static EntityChange Update(string id, string from, string to) => EntityChange.Update(With(id, to), Of(id, from));

    private static new string Of(string id, string value) => With(id, value).Version;

    private static Entity With(string id, string value) => Entity.Create(Kind, id, Encoding.UTF8.GetBytes($$"""{"value":"{{value}}"}"""));

    private sealed class CrashException : Exception;
}
