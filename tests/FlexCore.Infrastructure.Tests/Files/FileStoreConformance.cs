using System.Text;
using FlexCore.Infrastructure.Files;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Files;

/// <summary>What every store of files does, in a folder of its own for each test.</summary>
public abstract partial class FileStoreConformance<T>(T backEnd) : IClassFixture<T>, IAsyncLifetime
    where T : class, IFileBackEnd
{
    private protected const int PartBytes = 5 * 1024 * 1024;

    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = $"t{Guid.NewGuid():n}/";

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected T BackEnd => backEnd;

    private protected IFileStore Store { get; private set; } = null!;

    public ValueTask InitializeAsync()
    {
        Store = Open(_ => { });
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(PartBytes - 1)]
    [InlineData(PartBytes)]
    [InlineData(PartBytes + 1)]
    [InlineData((2 * PartBytes) + 5)]
    public async Task File_is_read_by_others_as_it_was_put_whatever_its_length(int length)
    {
        var content = Bytes(length, seed: length);
        await Store.PutAsync("whole", new MemoryStream(content), Token);
        await Store.PutAsync("streamed", new TestContent(content), Token);

        await using var other = Open(_ => { });
        (await ReadAsync(other, "whole")).ShouldBe(content);
        (await ReadAsync(other, "streamed")).ShouldBe(content);
        (await other.FindAsync("streamed", Token))!.Length.ShouldBe(length);
    }

    [Fact]
    public async Task Put_takes_the_place_of_the_file_that_was_there()
    {
        await PutAsync("a", "one");
        var one = (await Store.FindAsync("a", Token))!;
        await PutAsync("a", "two");

        (await TextAsync("a")).ShouldBe("two");
        (await Store.FindAsync("a", Token))!.ETag.ShouldNotBe(one.ETag);
        (await NamesAsync("")).ShouldBe(["a"]);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found_and_deleting_it_is_no_error()
    {
        (await Store.FindAsync("a", Token)).ShouldBeNull();
        (await Store.OpenAsync("a", range: null, Token)).ShouldBeNull();
        (await Store.OpenAsync("a", new FileRange(1), Token)).ShouldBeNull();
        (await Store.OpenAsync("a", new FileRange(0, 0), Token)).ShouldBeNull();
        (await NamesAsync("")).ShouldBeEmpty();
        await Store.DeleteAsync("a", Token);
        (await Store.DeleteAllAsync("", Token)).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_known_of_a_file_is_the_same_wherever_it_is_asked()
    {
        var before = TimeProvider.System.GetUtcNow();
        await PutAsync("reports/march.csv", "a,b\n");

        var found = (await Store.FindAsync("reports/march.csv", Token)).ShouldNotBeNull();

        (found.Name, found.Length, found.ContentType).ShouldBe(("reports/march.csv", 4, "text/csv"));
        found.ETag.ShouldNotBeEmpty();
        found.ETag.ShouldNotContain('"');
        found.Modified.ShouldBeInRange(before.AddSeconds(-2), TimeProvider.System.GetUtcNow().AddSeconds(2));
        await using var open = (await Store.OpenAsync("reports/march.csv", new FileRange(1, 2), Token))!;
        (open.File.Length, open.File.ETag).ShouldBe((4, found.ETag));
        var listed = await Store.ListAsync("", Token).SingleAsync(Token);
        (listed.Name, listed.Length, listed.ETag).ShouldBe((found.Name, 4, found.ETag));
    }

    [Theory]
    [InlineData(0, null, "0123456789")]
    [InlineData(0, 10L, "0123456789")]
    [InlineData(0, 1L, "0")]
    [InlineData(3, 4L, "3456")]
    [InlineData(3, null, "3456789")]
    [InlineData(9, 1L, "9")]
    [InlineData(9, 100L, "9")]
    [InlineData(9, long.MaxValue, "9")]
    [InlineData(10, null, "")]
    [InlineData(1000, 5L, "")]
    [InlineData(3, 0L, "")]
    public async Task Range_has_the_bytes_that_there_are(long from, long? length, string expected)
    {
        await PutAsync("a", "0123456789");
        await PutAsync("empty", "");

        await using var some = (await Store.OpenAsync("a", new FileRange(from, length), Token)).ShouldNotBeNull();
        await using var none = (await Store.OpenAsync("empty", new FileRange(from, length), Token)).ShouldNotBeNull();

        (await new StreamReader(some.Stream).ReadToEndAsync(Token)).ShouldBe(expected);
        some.File.Length.ShouldBe(10);
        (await new StreamReader(none.Stream).ReadToEndAsync(Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task List_has_what_begins_so_in_the_order_of_characters()
    {
        string[] names = ["A", "a", "a b", "a!", "a-b", "a.b", "a/b", "a/b/c", "a/b-c", "a0", "aa", "b/c", "é", "日", "\uFF21"];
        foreach (var name in names.Reverse()) await PutAsync(name, name);
        string[] ordered = [.. names.Order(StringComparer.Ordinal)];

        foreach (var prefix in new[] { "", "a", "a/", "a/b", "a/b/", "a/b/c", "b/", "z", "日" })
        {
            (await NamesAsync(prefix)).ShouldBe(ordered.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)), prefix);
        }

        foreach (var name in names) (await TextAsync(name)).ShouldBe(name);
    }

    [Fact]
    public async Task Two_thousand_files_are_listed_and_deleted_over_several_pages()
    {
        await PutAsync("other", "");
        string[] names = [.. Enumerable.Range(0, 2050).Select(number => $"many/{number % 7}/{number:0000}")];
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (name, token) => await Store.PutAsync(name, new MemoryStream([1]), token));

        (await NamesAsync("many/")).ShouldBe(names.Order(StringComparer.Ordinal));
        (await Store.ListAsync("many/", Token).Take(3).CountAsync(Token)).ShouldBe(3);
        (await Store.DeleteAllAsync("many/", Token)).ShouldBe(names.Length);
        (await NamesAsync("")).ShouldBe(["other"]);
    }

    [Fact]
    public async Task Deleted_file_is_gone_and_its_neighbours_are_not()
    {
        foreach (var name in new[] { "a", "a/b", "a/b/c", "ab" }) await PutAsync(name, name);

        await Store.DeleteAsync("a/b", Token);
        (await NamesAsync("")).ShouldBe(["a", "a/b/c", "ab"]);
        (await Store.DeleteAllAsync("a/", Token)).ShouldBe(1);
        (await NamesAsync("")).ShouldBe(["a", "ab"]);
        await PutAsync("a/b", "again");
        (await TextAsync("a/b")).ShouldBe("again");
    }

    [Fact]
    public async Task Store_that_works_says_so() => (await Store.CheckHealthAsync(Token)).ShouldNotBeEmpty();

    private protected static byte[] Bytes(int length, int seed)
    {
        var content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    private protected static async Task<byte[]?> ReadAsync(IFileStore store, string name)
    {
        await using var open = await store.OpenAsync(name, range: null, Token);
        if (open is null) return null;
        using var content = new MemoryStream();
        await open.Stream.CopyToAsync(content, Token);
        return content.ToArray();
    }

    private protected IFileStore Open(Action<FilesOptions> change)
    {
        var options = new FilesOptions { Folder = _folder, PartBytes = PartBytes };
        backEnd.Configure(options);
        change(options);
        options.Problems().ShouldBeEmpty();
        return FilesServices.Open("files", options, NullLoggerFactory.Instance, TimeProvider.System);
    }

    private protected ValueTask PutAsync(string name, string content) => Store.PutAsync(name, new MemoryStream(Encoding.UTF8.GetBytes(content)), Token);

    private protected async Task<string?> TextAsync(string name) => await ReadAsync(Store, name) is { } content ? Encoding.UTF8.GetString(content) : null;

    private protected async Task<IReadOnlyList<string>> NamesAsync(string prefix) => await Store.ListAsync(prefix, Token).Select(file => file.Name).ToListAsync(Token);
}
