using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Persistence;

namespace FlexCore.Infrastructure.Tests.Persistence;

/// <summary>One file that people change as well.</summary>
public sealed class JsonFileStoreTests : IDisposable
{
    private readonly DataFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File1 => Path.Combine(_folder.Path, "catalog.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task File_is_in_the_order_of_kinds_and_ids()
    {
        await new JsonFileStore(File1, TimeProvider.System).CommitAsync([Create("b", "z", """{"b":1,"a":2}"""), Create("b", "a", "{}"), Create("a", "x", "{}")], Token);

        (await File.ReadAllTextAsync(File1, Token)).ShouldBe("{\n  \"a\": {\n    \"x\": {}\n  },\n  \"b\": {\n    \"a\": {},\n    \"z\": {\n      \"b\": 1,\n      \"a\": 2\n    }\n  }\n}\n");
    }

    [Fact]
    public async Task What_somebody_changes_by_hand_counts_however_soon_it_is_done()
    {
        var store = new JsonFileStore(File1, TimeProvider.System);
        for (var round = 10; round < 60; round++)
        {
            // Of the same length, and often within the same tick of the file system's clock.
            await File.WriteAllTextAsync(File1, $"{{\"a\":{{\"x\":{{\"n\":{round}}}}}}}", Token);

            Encoding.UTF8.GetString((await store.FindAsync("a", "x", Token))!.Document.Span).ShouldBe($$"""{"n":{{round}}}""");
        }
    }

    [Fact]
    public async Task What_was_read_of_an_old_file_is_used_until_it_changes()
    {
        await File.WriteAllTextAsync(File1, """{"a":{"x":{"n":1}}}""", Token);
        File.SetLastWriteTimeUtc(File1, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var store = new JsonFileStore(File1, TimeProvider.System);
        var first = await store.FindAsync("a", "x", Token);

        (await store.FindAsync("a", "x", Token)).ShouldBeSameAs(first);
        File.SetLastWriteTimeUtc(File1, new DateTime(2020, 1, 1, 0, 0, 1, DateTimeKind.Utc));
        (await store.FindAsync("a", "x", Token)).ShouldNotBeSameAs(first);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"a":[]}""")]
    [InlineData("""{"a":{"x":1}}""")]
    [InlineData("""{"A b":{}}""")]
    [InlineData("""{"a":{"../x":{}}}""")]
    [InlineData("""{"a":{"x":{}},"a":{}}""")]
    public async Task Garbage_is_one_error_that_names_the_file(string content)
    {
        await File.WriteAllTextAsync(File1, content, Token);
        var store = new JsonFileStore(File1, TimeProvider.System);

        foreach (var ask in new Func<Task>[] { () => store.FindAsync("a", "x", Token).AsTask(), () => store.CommitAsync([Create("a", "y", "{}")], Token).AsTask() })
        {
            var error = (await Should.ThrowAsync<FlexCoreException>(ask)).Errors.ShouldHaveSingleItem();
            error.Code.ShouldBe(ErrorCodes.StoreUnusable);
            error.Message.ShouldStartWith($"{File1}: ");
        }
    }

    private static EntityChange Create(string kind, string id, string document) => EntityChange.Create(Entity.Create(kind, id, Encoding.UTF8.GetBytes(document)));
}
