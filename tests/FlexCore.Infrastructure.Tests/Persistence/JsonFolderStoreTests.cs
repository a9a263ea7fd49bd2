using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Persistence;

namespace FlexCore.Infrastructure.Tests.Persistence;

/// <summary>A folder that people and git change as well.</summary>
public sealed class JsonFolderStoreTests : IDisposable
{
    private readonly DataFolder _folder = new();
    private readonly JsonFolderStore _store;

    public JsonFolderStoreTests() => _store = Open();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Root => Path.Combine(_folder.Path, "catalog");

    private string Shop => Path.Combine(Root, "connection", "shop.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task File_has_the_document_alone_a_line_for_each_value_in_the_order_in_which_they_came()
    {
        await CreateAsync("""{"b":1.50,"a":{"list":[1,"é"],"none":{}}}""");

        (await File.ReadAllTextAsync(Shop, Token)).ShouldBe("{\n  \"b\": 1.50,\n  \"a\": {\n    \"list\": [\n      1,\n      \"é\"\n    ],\n    \"none\": {}\n  }\n}\n");
        Directory.GetFiles(Root).Select(Path.GetFileName).ShouldBe([".gitignore", ".lock"], ignoreOrder: true);
        Directory.GetFiles(Path.GetDirectoryName(Shop)!).ShouldBe([Shop]);
    }

    [Fact]
    public async Task What_somebody_changes_by_hand_counts_and_is_no_longer_at_the_version_that_was_read()
    {
        var before = await CreateAsync("""{"host":"a"}""");
        await File.WriteAllTextAsync(Shop, "\uFEFF{ \"host\" : \"b\",\r\n \"port\":1 }", new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Token);

        var edited = (await _store.FindAsync("connection", "shop", Token)).ShouldNotBeNull();
        Encoding.UTF8.GetString(edited.Document.Span).ShouldBe("""{"host":"b","port":1}""");
        var refused = await Should.ThrowAsync<FlexCoreException>(async () => await _store.CommitAsync([EntityChange.Update(Of("{}"), before.Version)], Token));
        refused.Error.ShouldBeOfType<EntityConflict>().Current.ShouldBe(edited.Version);
        await _store.CommitAsync([EntityChange.Update(Of("{}"), edited.Version)], Token);

        // Only its lines are different: it is the same document.
        await File.WriteAllTextAsync(Shop, "{\n\n}", Token);
        await _store.CommitAsync([EntityChange.Delete("connection", "shop", Of("{}").Version)], Token);
        File.Exists(Shop).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("<<<<<<< HEAD\n{}\n=======\n")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"a\":1e999}")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"a\":\"\\u0000\"}")]
    public async Task Garbage_in_a_file_is_one_error_that_names_the_file(string content)
    {
        await CreateAsync("{}");
        await File.WriteAllTextAsync(Shop, content, Token);

        foreach (var ask in new Func<Task>[] { () => _store.FindAsync("connection", "shop", Token).AsTask(), () => _store.ListAsync(new EntityQuery("connection"), Token).AsTask(), () => _store.CommitAsync([EntityChange.Create(Of("{}"))], Token).AsTask() })
        {
            var error = (await Should.ThrowAsync<FlexCoreException>(ask)).Errors.ShouldHaveSingleItem();
            error.Code.ShouldBe(ErrorCodes.StoreUnusable);
            error.Message.ShouldStartWith($"{Shop}: ");
        }
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_and_files_too_large_are_errors_that_name_the_file()
    {
        await CreateAsync("{}");
        foreach (var content in new[] { [.. "{\"a\":\""u8, 0xFF, .. "\"}"u8], new byte[16 * 1024 * 1024] })
        {
            await File.WriteAllBytesAsync(Shop, content, Token);
            (await Should.ThrowAsync<FlexCoreException>(async () => await _store.FindAsync("connection", "shop", Token))).Error.Message.ShouldStartWith($"{Shop}: ");
        }
    }

    [Fact]
    public async Task Files_that_are_none_of_ours_do_not_matter_and_a_name_that_is_no_id_is_an_error()
    {
        await CreateAsync("{}");
        foreach (var other in new[] { "README.md", ".hidden.json", ".shop.json.new" }) await File.WriteAllTextAsync(Path.Combine(Root, "connection", other), "?", Token);
        Directory.CreateDirectory(Path.Combine(Root, ".git"));
        Directory.CreateDirectory(Path.Combine(Root, "empty"));
        (await _store.CountAsync("connection", Specification.Everything, Token)).ShouldBe(1);
        (await _store.ListAsync(new EntityQuery("connection"), Token)).Entities.Count.ShouldBe(1);
        (await _store.KindsAsync(Token)).ShouldBe(["connection"]);

        await File.WriteAllTextAsync(Path.Combine(Root, "connection", "My Shop.json"), "{}", Token);
        (await Should.ThrowAsync<FlexCoreException>(async () => await _store.ListAsync(new EntityQuery("connection"), Token))).Error.Message.ShouldContain("My Shop.json");
    }

    [Fact]
    public async Task Nobody_reads_half_of_a_unit_of_work()
    {
        await CreateAsync("""{"n":0}""");
        var writing = new JsonFolderStore(Root, TimeProvider.System);
        var before = Of("""{"n":0}""");
        List<Task<Entity?>> reads = [];
        writing.BeforeStep = step =>
        {
            // The first file is there, the second one is not yet.
            if (step.StartsWith("write", StringComparison.Ordinal) && step.Contains("shop.json", StringComparison.Ordinal)) reads.Add(Task.Run(() => _store.FindAsync("connection", "shop", Token).AsTask(), Token));
        };

        await writing.CommitAsync([EntityChange.Create(Entity.Create("connection", "a", "{}"u8.ToArray())), EntityChange.Update(Of("""{"n":1}"""), before.Version)], Token);

        (await reads.ShouldHaveSingleItem())!.Version.ShouldBe(Of("""{"n":1}""").Version);
    }

    [Fact]
    public async Task Units_of_work_of_a_killed_process_are_whole_and_none_that_it_has_told_of_is_lost()
    {
        for (var round = 0; round < 5; round++)
        {
            var said = await FolderWriter.KillAfterAsync(Root, units: 5 + (round * 7));

            var store = Open();
            var (one, two) = ((await store.FindAsync("counter", "one", Token))!, (await store.FindAsync("counter", "two", Token))!);
            FolderWriter.Count(two).ShouldBe(FolderWriter.Count(one));
            FolderWriter.Count(one).ShouldBeInRange(said, said + 1);
            File.Exists(Path.Combine(Root, ".journal")).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Journal_that_is_none_is_an_error_that_names_it()
    {
        await CreateAsync("{}");
        var journal = Path.Combine(Root, ".journal");
        foreach (var content in new[] { "", "{}", "[1]", """[{"kind":"connection","id":"../../etc","document":{}}]""" })
        {
            await File.WriteAllTextAsync(journal, content, Token);
            (await Should.ThrowAsync<FlexCoreException>(async () => await _store.FindAsync("connection", "shop", Token))).Error.Message.ShouldStartWith($"{journal}: not a journal");
        }
    }

    [Fact]
    public async Task Writer_waits_for_another_process_and_gives_up_when_it_is_told_to()
    {
        await CreateAsync("{}");
        await using (new FileStream(Path.Combine(Root, ".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var writing = _store.CommitAsync([EntityChange.Update(Of("""{"n":1}"""), Of("{}").Version)], enough.Token).AsTask();
            (await _store.FindAsync("connection", "shop", Token)).ShouldNotBeNull();
            writing.IsCompleted.ShouldBeFalse();
            await enough.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(writing);
        }

        await _store.CommitAsync([EntityChange.Update(Of("""{"n":1}"""), Of("{}").Version)], Token);
    }

    private static Entity Of(string document) => Entity.Create("connection", "shop", Encoding.UTF8.GetBytes(document));

    private JsonFolderStore Open() => new(Root, TimeProvider.System);

    private async Task<Entity> CreateAsync(string document)
    {
        var entity = Of(document);
        await _store.CommitAsync([EntityChange.Create(entity)], Token);
        return entity;
    }
}
